/** Waiting for what real sockets bring. */

/** Asks every `everyMs` until it is so; the test's own time-out ends it otherwise. */
export async function until(isSo: () => boolean | Promise<boolean>, everyMs = 20): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, everyMs));
  while (!(await isSo()));
}
