import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { CallbackTimer, TimerNode, TimerWheel, type TimerWheelOptions } from "./timer-wheel.ts";

function setUp(options: Partial<TimerWheelOptions> = {}) {
  const clock = createFakeClock({ startAt: 1_000 });
  const wheel = new TimerWheel({ clock, ...options });
  const fired: string[] = [];
  const node = (name: string, then?: () => void) =>
    new CallbackTimer(() => {
      fired.push(`${name}@${clock.now() - 1_000}`);
      then?.();
    });
  return { clock, wheel, fired, node };
}

test("a node fires once, never early, at most one tick late", () => {
  const { clock, wheel, fired, node } = setUp();
  clock.advance(3);
  wheel.arm(node("a"), 14);
  clock.advance(13);
  assert.deepEqual(fired, []);
  clock.advance(100);
  assert.deepEqual(fired, ["a@20"]);
  assert.equal(wheel.size, 0);
  assert.equal(clock.pending, 0);
});

test("a node armed while the wheel sleeps towards a later one fires in time", () => {
  const { clock, wheel, fired, node } = setUp();
  wheel.arm(node("far"), 5_000);
  clock.advance(1);
  wheel.arm(node("near"), 20);
  clock.advance(5_000);
  assert.deepEqual(fired, ["near@30", "far@5000"]);
});

test("a node with no delay fires at the next tick", () => {
  const { clock, wheel, fired, node } = setUp();
  wheel.arm(node("zero"), 0);
  wheel.arm(node("negative"), -50);
  assert.deepEqual(fired, []);
  clock.advance(10);
  assert.deepEqual(fired, ["zero@10", "negative@10"]);
});

test("arming an armed node moves it", () => {
  const { clock, wheel, fired, node } = setUp();
  const a = node("a");
  wheel.arm(a, 100);
  clock.advance(90);
  wheel.arm(a, 100);
  assert.equal(wheel.size, 1);
  clock.advance(200);
  assert.deepEqual(fired, ["a@190"]);
});

test("cancel() works twice and on a node never armed", () => {
  const { clock, wheel, fired, node } = setUp();
  const a = node("a");
  wheel.cancel(a);
  wheel.arm(a, 10);
  assert.equal(a.armed, true);
  wheel.cancel(a);
  wheel.cancel(a);
  assert.equal(a.armed, false);
  assert.equal(wheel.size, 0);
  assert.equal(clock.pending, 0, "nothing armed, no wake-up");
  clock.advance(100);
  assert.deepEqual(fired, []);
});

test("a handler may arm its own node again, into its own slot as well", () => {
  const { clock, wheel, fired, node } = setUp({ slots: 4 });
  let left = 3;
  const a = node("a", () => {
    if (--left > 0) wheel.arm(a, 40);
  });
  wheel.arm(a, 40);
  clock.advance(1_000);
  assert.deepEqual(fired, ["a@40", "a@80", "a@120"]);
  assert.equal(wheel.size, 0);
});

test("a handler that arms itself with no delay does not hold the wheel", () => {
  const { clock, wheel, fired, node } = setUp();
  let left = 5;
  const a = node("a", () => {
    if (--left > 0) wheel.arm(a, 0);
  });
  wheel.arm(a, 10);
  clock.advance(1_000);
  assert.deepEqual(fired, ["a@10", "a@20", "a@30", "a@40", "a@50"]);
});

test("a handler may cancel its neighbours that are due in the same tick", () => {
  const { clock, wheel, fired, node } = setUp();
  const c = node("c");
  const b = node("b");
  wheel.arm(
    node("a", () => {
      wheel.cancel(b);
      wheel.arm(c, 50);
    }),
    10,
  );
  wheel.arm(b, 10);
  wheel.arm(c, 10);
  wheel.arm(node("d"), 10);
  clock.advance(1_000);
  assert.deepEqual(fired, ["a@10", "d@10", "c@60"]);
  assert.equal(wheel.size, 0);
});

test("a timer longer than a turn of the wheel goes around", () => {
  const { clock, wheel, fired, node } = setUp({ slots: 8 });
  wheel.arm(node("long"), 10_000);
  wheel.arm(node("short"), 80);
  clock.advance(9_999);
  assert.deepEqual(fired, ["short@80"]);
  clock.advance(1);
  assert.deepEqual(fired, ["short@80", "long@10000"]);
});

test("after a jump of the clock everything due fires, in order of due time, whatever the turn", () => {
  const { clock, wheel, fired, node } = setUp({ slots: 8 });
  wheel.arm(node("c"), 1_000);
  wheel.arm(node("a"), 30);
  wheel.arm(node("later"), 90_000_000);
  wheel.arm(node("b"), 500);
  clock.jump(86_400_000);
  assert.deepEqual(fired, ["a@86400000", "b@86400000", "c@86400000"]);
  clock.advance(3_600_000);
  assert.equal(fired.at(-1), "later@90000000");
});

test("what a handler arms during a jump waits its full time from the new instant", () => {
  const { clock, wheel, fired, node } = setUp();
  const b = node("b");
  wheel.arm(
    node("a", () => wheel.arm(b, 100)),
    10,
  );
  clock.jump(5_000);
  assert.deepEqual(fired, ["a@5000"]);
  clock.advance(100);
  assert.deepEqual(fired, ["a@5000", "b@5100"]);
});

test("thousands of nodes in one slot beside thousands of later turns fire once each", () => {
  const { clock, wheel } = setUp({ slots: 64 });
  let fired = 0;
  class Counting extends TimerNode {
    override onTimer(): void {
      fired++;
    }
  }
  for (let i = 0; i < 20_000; i++) wheel.arm(new Counting(), 640 * (1 + (i % 4)));
  assert.equal(wheel.size, 20_000);
  clock.advance(640);
  assert.equal(fired, 5_000);
  assert.equal(wheel.size, 15_000);
  clock.advance(640 * 3);
  assert.equal(fired, 20_000);
  assert.equal(wheel.size, 0);
  assert.equal(clock.pending, 0);
});

test("an exception of one node reaches onError and the others fire", () => {
  const errors: unknown[] = [];
  const { clock, wheel, fired, node } = setUp({ onError: (error) => errors.push(error) });
  const broken = node("broken", () => {
    throw new RangeError("x");
  });
  wheel.arm(broken, 10);
  wheel.arm(node("b"), 10);
  clock.advance(10);
  assert.deepEqual(fired, ["broken@10", "b@10"]);
  assert.equal(errors.length, 1);
});

test("close() forgets everything, from inside a handler too, and arms nothing later", () => {
  const { clock, wheel, fired, node } = setUp();
  wheel.arm(
    node("a", () => wheel.close()),
    10,
  );
  wheel.arm(node("b"), 10);
  wheel.arm(node("c"), 20);
  clock.advance(100);
  assert.deepEqual(fired, ["a@10"]);
  wheel.arm(node("d"), 10);
  assert.equal(wheel.size, 0);
  wheel.close();
  clock.advance(100);
  assert.equal(clock.pending, 0);
  assert.deepEqual(fired, ["a@10"]);
});

test("an idle wheel asks for no wake-up; after a long idle time it starts from now", () => {
  const { clock, wheel, fired, node } = setUp();
  clock.advance(3_600_000);
  assert.equal(clock.pending, 0);
  wheel.arm(node("a"), 25);
  assert.equal(clock.pending, 1);
  clock.advance(100);
  assert.deepEqual(fired, ["a@3600030"]);
});

test("after() runs once and can be disposed", () => {
  const { clock, wheel } = setUp();
  let runs = 0;
  wheel.after(10, () => runs++);
  const registration = wheel.after(10, () => runs++);
  registration[Symbol.dispose]();
  clock.advance(100);
  assert.equal(runs, 1);
});

test("wrong settings throw", () => {
  const clock = createFakeClock();
  assert.throws(() => new TimerWheel({ clock, slots: 100 }), TypeError);
  assert.throws(() => new TimerWheel({ clock, tickMs: 0 }), TypeError);
});
