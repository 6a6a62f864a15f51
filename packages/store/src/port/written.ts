/** `conflict`: the thing has another revision by now. */
export type Written<T> =
  { readonly kind: 'written'; readonly value: T } | { readonly kind: 'conflict' } | { readonly kind: 'missing' };
