/**
 * A moving picture.
 *
 * **The element is never moved and never re-made** while its person is here: moving a `<video>` in the page pauses it, and a
 * new one shows black. `srcObject` is set when the stream changed and at no other time.
 */
import { useLayoutEffect, useRef } from '../third_party/preact.js';
import { tags, classes } from './dom.js';

const { video } = tags;

/**
 * @param {{
 *   stream: MediaStream | null, muted?: boolean, mirrored?: boolean, label: string, onBlocked?: () => void, onSize?: (width: number, height: number) => void,
 * }} props
 *   `muted` for one's own picture, and where the sound is played elsewhere; `onBlocked`: the browser refused to play before a tap;
 *   `onSize`: the decoded picture's size in pixels, whenever it changes
 */
export function Video({ stream, muted, mirrored, label, onBlocked, onSize }) {
  const element = useRef(/** @type {HTMLVideoElement | null} */ (null));

  useLayoutEffect(() => {
    const screen = element.current;
    if (!screen || screen.srcObject === stream) return;
    screen.srcObject = stream;
    if (stream) screen.play().catch((error) => error instanceof DOMException && error.name === 'NotAllowedError' && onBlocked?.());
  }, [stream]);

  return video({
    ref: element,
    class: classes('video', mirrored && 'video-mirrored'),
    autoplay: true,
    playsInline: true,
    muted,
    disablePictureInPicture: muted ? true : undefined,
    'aria-label': label,
    onResize: onSize && ((event) => onSize(event.currentTarget.videoWidth, event.currentTarget.videoHeight)),
  });
}
