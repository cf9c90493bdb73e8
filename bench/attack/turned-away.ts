/** Of the calls that failed, those that the server turned away as overload. RFC 3261 §21.5.4. */

/**
 * How many calls SIPp gave up over a 503 that says when to come back.
 * @param errors SIPp's error log: each such call is told with the message that was not expected.
 */
export function countTurnedAway(errors: string): number {
  return errors.split("Aborting call on unexpected message").slice(1).filter(isOverload).length;
}

function isOverload(complaint: string): boolean {
  const head = /received 'SIP\/2\.0 503 [\s\S]*?\r?\n\r?\n/.exec(complaint)?.[0];
  return head !== undefined && /^Retry-After[ \t]*:/im.test(head);
}
