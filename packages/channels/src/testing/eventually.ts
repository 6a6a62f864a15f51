/** Resolves when the condition holds; throws with what it was waiting for when it does not in time. */
export async function eventually(what: string, holds: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in ${String(withinMs)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
