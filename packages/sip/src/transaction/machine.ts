/** The shape of a state machine that is data: state × input → next state and effects. */

/** The next state and what to do, in this order, once it is entered. */
export type Step<S extends string, E extends string> = readonly [next: S, ...effects: E[]];

/** A missing entry means that the input is ignored in that state. */
export type MachineTable<S extends string, I extends string, E extends string> = Readonly<
  Record<S, Readonly<Partial<Record<I, Step<S, E>>>>>
>;

/** How a performer of several machines looks at a table. */
export type AnyTable<I extends string, E extends string> = Readonly<
  Record<string, Readonly<Partial<Record<I, Step<string, E>>>>>
>;
