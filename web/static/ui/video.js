/**
 * A moving picture.
 *
 * **The element is never moved and never re-made** while its person is here: moving a `<video>` in the page pauses it, and a
 * new one shows black. `srcObject` is set when the stream changed and at no other time.
 * **It plays as long as it is here**: what paused it, a key of the headset or a browser whose stream changed its tracks, does not hold.
 */
import { effect, useEffect, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { tags, classes } from './dom.js';

const { video } = tags;

/**
 * @param {{
 *   stream: MediaStream | null, muted?: boolean, mirrored?: boolean, label: string, onBlocked?: () => void,
 *   unlocks?: import('../third_party/preact.js').ReadonlySignal<number>, onShape?: (ratio: number) => void,
 * }} props
 *   `muted` for one's own picture; `onBlocked`: the browser refused to play before a tap; `unlocks` rises inside such a tap;
 *   `onShape`: how wide a picture is for its height, when that is known or changes
 */
export function Video({ stream, muted, mirrored, label, onBlocked, unlocks, onShape }) {
  const element = useRef(/** @type {HTMLVideoElement | null} */ (null));
  // Upright pictures of phones are shown whole on wide screens (stage.css), since a cut would take the head.
  const [tall, setTall] = useState(false);

  const play = () => {
    element.current?.play().catch((error) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked?.();
    });
  };

  useLayoutEffect(() => {
    const screen = element.current;
    if (!screen || screen.srcObject === stream) return;
    screen.srcObject = stream;
    if (stream) play();
  }, [stream]);

  // Browsers let it play only within the tap itself, so this cannot wait for the next rendering.
  useEffect(() => {
    let first = true;
    return effect(() => {
      if (unlocks?.value !== undefined && !first && element.current?.srcObject) play();
      first = false;
    });
  }, [unlocks]);

  return video({
    ref: element,
    class: classes('video', mirrored && 'video-mirrored', tall && 'video-tall'),
    autoplay: true,
    playsInline: true,
    muted,
    // Firefox pauses what waits for its first picture when all tracks of the stream are exchanged, and begins anew only on demand.
    onPause: ({ currentTarget: { isConnected, srcObject } }) => {
      if (isConnected && srcObject) play();
    },
    disablePictureInPicture: muted ? true : undefined,
    'aria-label': label,
    onResize: ({ currentTarget: { videoWidth, videoHeight } }) => {
      setTall(videoHeight > videoWidth);
      if (videoHeight) onShape?.(videoWidth / videoHeight);
    },
  });
}
