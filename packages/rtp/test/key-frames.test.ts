import assert from "node:assert/strict";
import { test } from "node:test";
import { PictureLossIndication, RtcpPacketConverter, RtcpPayloadSpecificFeedback } from "werift";
import {
  decodeRtcp,
  encodeRtcp,
  type Feedback,
  fullIntraRequest,
  fullIntraRequestsOf,
  isPictureLossIndication,
  pictureLossIndication,
} from "../src/index.ts";

function returned(feedback: Feedback): Feedback {
  const decoded = decodeRtcp(encodeRtcp([feedback]));
  assert.ok(decoded.ok);
  return decoded.value[0] as Feedback;
}

function readByPeer(feedback: Feedback): RtcpPayloadSpecificFeedback {
  const [packet] = RtcpPacketConverter.deSerialize(Buffer.from(encodeRtcp([feedback])));
  assert.ok(packet instanceof RtcpPayloadSpecificFeedback);
  return packet;
}

test("a PLI names who asks and who is asked, and has no body (RFC 4585 §6.3.1)", () => {
  const pli = pictureLossIndication(1, 0xffff_ffff);
  assert.ok(isPictureLossIndication(returned(pli)));
  assert.deepEqual(fullIntraRequestsOf(pli), []);
  assert.equal(encodeRtcp([pli]).length, 12);
  const { feedback } = readByPeer(pli);
  assert.ok(feedback instanceof PictureLossIndication);
  assert.deepEqual([feedback.senderSsrc, feedback.mediaSsrc], [1, 0xffff_ffff]);
});

test("a FIR has an entry for each who is asked, and none in its header (RFC 5104 §4.3.1.1, §4.3.1.2)", () => {
  const requests = [
    { ssrc: 0xffff_ffff, sequence: 255 },
    { ssrc: 3, sequence: 0 },
  ];
  const fir = fullIntraRequest(1, requests);
  assert.deepEqual(fullIntraRequestsOf(returned(fir)), requests);
  assert.equal(isPictureLossIndication(fir), false);
  assert.deepEqual([fir.mediaSsrc, encodeRtcp([fir]).length], [0, 28]);
  const { feedback } = readByPeer(fir);
  assert.ok("fir" in feedback);
  assert.deepEqual(
    feedback.fir.map(({ ssrc, sequenceNumber }) => ({ ssrc, sequence: sequenceNumber })),
    requests,
  );
});

test("an entry of a FIR that is cut off is left out", () => {
  const fir = fullIntraRequest(1, [{ ssrc: 2, sequence: 3 }]);
  assert.deepEqual(fullIntraRequestsOf({ ...fir, data: fir.data.subarray(0, 7) }), []);
});
