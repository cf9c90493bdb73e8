/** `import { defineConfig, testRoute } from "trapezoid"`: what a configuration and its tests need. */

export * from "@trapezoid/server/entry";
