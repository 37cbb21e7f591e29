/** Whether a browser can lead frames through a worker at all. @param {{ RTCRtpScriptTransform: unknown, RTCRtpSender: { prototype: object } | undefined }} browser */
export const canSeal = ({ RTCRtpScriptTransform, RTCRtpSender }) => !!RTCRtpScriptTransform || (!!RTCRtpSender && 'createEncodedStreams' in RTCRtpSender.prototype);
