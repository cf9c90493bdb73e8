/** A way to fail that can be told apart. */

import type { FailureFacts } from "./facts.ts";

export interface FailureKind {
  /** Stable, for programs. */
  readonly code: string;
  readonly when: (facts: FailureFacts) => boolean;
  /** One line. */
  readonly say: (facts: FailureFacts) => string;
}
