/** Parameters of Event and Subscription-State. RFC 6665 §8.2. */

import { integerParam, keywordParam, type ParamField, valueParam } from "../param-field.ts";

/** RFC 6665 §8.2.1: of Event, `"id" EQUAL token`; deprecated, and compared with case. */
export const EventId: ParamField<string> = valueParam("id");
/** RFC 6665 §8.2.3: of Subscription-State, `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`, … */
export const SubscriptionReason: ParamField<string> = keywordParam("reason");
/** RFC 6665 §8.2.3: of Subscription-State, seconds. */
export const SubscriptionExpires: ParamField<number> = integerParam("expires", 0, 0xffff_ffff);
/** RFC 6665 §8.2.3: of Subscription-State, seconds. */
export const SubscriptionRetryAfter: ParamField<number> = integerParam("retry-after", 0, 0xffff_ffff);
