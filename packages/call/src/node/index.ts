/** User agents of Node. */
export {};
