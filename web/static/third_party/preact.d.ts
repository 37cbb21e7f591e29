/* Types of preact.js. They come from the packages that web/test/package.json pins, and are needed by the type check alone. */
export {
  h, render, Fragment, createContext, createRef, isValidElement, toChildArray, Component, options,
} from 'preact';
export type {
  Attributes, ClassAttributes, ComponentChild, ComponentChildren, ComponentType, FunctionComponent, JSX, Key,
  LooseAnchorHTMLAttributes, LooseInputHTMLAttributes, LooseSelectHTMLAttributes, Ref, RefObject, VNode,
} from 'preact';
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from 'preact/hooks';
export { Signal, batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from '@preact/signals';
export type { ReadonlySignal } from '@preact/signals';
