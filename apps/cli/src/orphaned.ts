/**
 * npm runs a command through a shell and sends signals to that shell, which dies of them without a word to the command. The change of
 * the parent process is all that tells.
 */

const pollMs = 250;

/** Aborted when the shell that npm started this process through is gone; never elsewhere. */
export function orphaned(): AbortSignal {
  const gone = new AbortController();
  if (process.env.npm_command === undefined) return gone.signal;
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    gone.abort();
  }, pollMs);
  poll.unref();
  return gone.signal;
}
