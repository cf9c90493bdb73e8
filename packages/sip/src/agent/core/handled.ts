/** A promise whose rejection nobody has to wait for: who starts something and looks at its events does not end the process. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
