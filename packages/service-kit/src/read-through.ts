/**
 * Shares reads of one key. A caller is given a read that began after it asked, so that what was written before the
 * question is in the answer; callers that come while one is under way share the one after it.
 */
export function createReadThrough<T>(): (key: string, read: () => Promise<T>) => Promise<T> {
  const running = new Map<string, { readonly result: Promise<T>; next?: Promise<T> }>();

  async function begin(key: string, read: () => Promise<T>): Promise<T> {
    const entry = { result: read() };
    running.set(key, entry);
    try {
      return await entry.result;
    } finally {
      if (running.get(key) === entry) running.delete(key);
    }
  }

  return (key, read) => {
    const current = running.get(key);
    if (current === undefined) return begin(key, read);
    const again = (): Promise<T> => begin(key, read);
    current.next ??= current.result.then(again, again);
    return current.next;
  };
}
