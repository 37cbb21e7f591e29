/** The words in which a call tells of itself: types alone, no code. */
export {};

/** @typedef {{ plain: string } | { sealed: string }} Text what a person reads about a person; clean it (ui/text.js) before it is shown */
/** @typedef {'counsellor' | 'co-counsellor' | 'specialist' | 'interpreter' | 'companion' | 'client'} Role */
/** @typedef {'av' | 'audio' | 'none'} MediaChoice */
/** @typedef {'microphone' | 'camera' | 'screen' | 'screen_audio'} Source */

/**
 * @typedef {'idle' | 'connecting' | 'waiting' | 'declined' | 'call' | 'ended' | 'removed' | 'replaced' | 'left' | 'withdrawn' | 'failed'} Phase
 * `withdrawn`: the person's consent is; `replaced`: the seat is open in another tab or on another device; `left`: one hung up oneself; `failed`: see `failure`
 */

/**
 * @typedef {object} Member
 * @property {string} participant
 * @property {Role} role
 * @property {Text} name as the person gave it
 * @property {Text} [label] as the counsellor calls the person: counsellors alone see it
 * @property {string} [person] the invited person: counsellors alone see it
 * @property {boolean} audio whether the person's sound is on
 * @property {boolean} video
 * @property {boolean} [screen] whether the person shares a screen
 * @property {boolean} [video_reserved] the camera is for those who moderate alone, who alone are told; to others it is off
 * @property {'ok' | 'reconnecting' | 'interrupted'} connection
 * @property {number} [group] that the person is in; missing for the main room
 * @property {number} [hand] while the person's hand is up: the lowest has been up longest
 * @property {boolean} [promoted] moderation is lent to the person, as the server says
 * @property {boolean} [lent] and as somebody who speaks for the room has signed
 * @property {boolean} [may_promote] it may be lent to the person; counsellors alone see it
 * @property {string} [identity] e2ee/identity.js
 * @property {string} [sealed_link] the person's, readable with the room's secret: counsellors alone see it
 * @property {Consent} [consent] counsellors alone see it
 * @property {'alone' | 'accompanied'} [company] as he said while he waited; counsellors alone see it
 */

/** none: none is asked of this person; given: on the page; written: on paper @typedef {'none' | 'open' | 'given' | 'written'} Consent */
/** What was written between who waits and those who moderate, in one of two forms. @typedef {{ from: 'person' | 'counsellor', plain?: string, sealed?: string }} Note */

/**
 * @typedef {object} Waiter
 * @property {string} participant
 * @property {string} person
 * @property {Role} role
 * @property {Text} label
 * @property {Text} name
 * @property {string} lang
 * @property {'phone' | 'tablet' | 'computer'} device
 * @property {MediaChoice} media
 * @property {Consent} consent
 * @property {'alone' | 'accompanied'} [company] as he said
 * @property {Note[]} [notes] the last ones
 * @property {boolean} other_device the same link is open on another device
 * @property {'waiting' | 'declined' | 'reconnecting' | 'gone'} state
 * @property {'good' | 'sound' | 'weak'} [forecast] what the person's line is expected to carry, once it was tried
 * @property {string} [identity]
 * @property {string} [sealed_link]
 * @property {number} since when the person came, by this device's clock (ms since 1970)
 */

/**
 * One receive slot that carries somebody.
 * @typedef {object} Tile
 * @property {number} slot
 * @property {string} participant
 * @property {Source} source
 * @property {MediaStream} stream sound and picture; the same object as long as the media connection lives
 * @property {boolean} paused the server has paused the picture because this line is too thin for it; the sound goes on
 * @property {boolean} visible false until a picture of this very person was decoded: never show the picture before
 */

/**
 * One's own microphone or camera.
 * @typedef {object} Own
 * @property {'on' | 'off' | 'none' | 'blocked' | 'ended'} state
 *   none: not chosen, or there is no device; blocked: the browser refuses it; ended: the device went away or the permission was taken back
 * @property {'counsellor' | 'entry'} [mutedBy] who switched it off, where it was not the person; entry: the room's rule, when one was let in
 */
