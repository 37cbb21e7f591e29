/**
 * Elements as calls: `button({ type: 'button', onClick }, t('join'))`.
 *
 * **Everything is checked.** A misspelt attribute, a wrong handler or a wrong value is an error of the type check, which a
 * template string could not give. **Nothing is parsed**: no markup, no innerHTML, so the strict content security policy and
 * Trusted Types have nothing to forbid.
 */
import { h } from '../third_party/preact.js';

/** @typedef {import('../third_party/preact.js').ComponentChildren} Children */
/** @typedef {import('../third_party/preact.js').VNode<any>} VNode */
/** @typedef {import('../third_party/preact.js').JSX.IntrinsicElements} Elements */

/** @typedef {import('../third_party/preact.js').Attributes & import('../third_party/preact.js').ClassAttributes<any>} Common */

/**
 * Preact types these three as unions over their `type` or `href`; taken as one, props can be passed on from a component.
 * @typedef {object} Plain
 * @property {import('../third_party/preact.js').LooseAnchorHTMLAttributes & Common} a
 * @property {import('../third_party/preact.js').LooseInputHTMLAttributes & Common} input
 * @property {import('../third_party/preact.js').LooseSelectHTMLAttributes & Common} select
 */

/**
 * The attributes of one element: those of HTML (ARIA among them), and any `data-` attribute.
 * @template {keyof Elements} T
 * @typedef {(T extends keyof Plain ? Plain[T] : Elements[T]) & { [attribute: `data-${string}`]: string | number | boolean | null | undefined }} Props
 */

/**
 * @typedef {{ [T in keyof Elements]: (props?: Props<T> | null, ...children: Children[]) => VNode }} Tags
 */

/** One function per element of HTML and SVG. Take those you use: `const { div, p } = tags`. */
export const tags = /** @type {Tags} */ (
  new Proxy(
    {},
    {
      get: (_, /** @type {string} */ name) => (/** @type {any} */ props, /** @type {Children[]} */ ...children) =>
        h(name, props, ...children),
    },
  )
);

/**
 * Joins class names and leaves out those that are false.
 * @param {...(string | false | null | undefined)} names
 */
export function classes(...names) {
  return names.filter(Boolean).join(' ');
}
