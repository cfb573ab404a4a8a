import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Outcome, TriggerPreset } from "../../schemas/types/platform/trigger-preset.ts";
import { Secret } from "../../sealing/secret.ts";
import { loadPresets } from "../../triggers/presets.ts";
import { signSample } from "../../triggers/sign-sample.ts";
import { type Arrived, type Settings, verifyDelivery } from "../../triggers/verify.ts";

const presets = loadPresets();
const { shipped } = presets;
const cases = [...shipped].map(([id, preset]) => [id, preset] as const);
const preset = (id: string) => shipped.get(id) as TriggerPreset;

const NOW_MS = 1_767_225_610_000;

/** A delivery that can be changed before it arrives. */
interface Delivery {
  headers: [name: string, value: string][];
  body: Buffer;
  settings: Settings;
  nowMs: number;
}

interface Traits {
  readonly preset: TriggerPreset;
  readonly secret: string;
  /** The name of the signature's header; undefined where the signature lies in the body, which it does not cover. */
  readonly header: string | undefined;
  readonly layout: string;
  readonly isHex: boolean;
  readonly hasTime: boolean;
  /** The signed time lies in the body. */
  readonly isTimeInBody: boolean;
}

function traitsOf(one: TriggerPreset): Traits {
  const { from = "", layout = "plain", encoding = "hex", timestamp, key } = one.signature;
  return {
    preset: one,
    secret: key === "whsec" ? `whsec_${Buffer.from("0123456789abcdef01234567").toString("base64")}` : "secret-1",
    header: from.startsWith("header:") ? from.slice("header:".length) : undefined,
    layout,
    isHex: encoding === "hex",
    hasTime: timestamp !== undefined,
    isTimeInBody: timestamp?.from.startsWith("/") ?? false,
  };
}

const OTHER_SECRET = `whsec_${Buffer.from("another secret of 24 ch.").toString("base64")}`;

function settingsOf({ preset: one, secret }: Traits): Record<string, string[]> {
  return Object.fromEntries(one.settings.map(({ name }) => [name, [name === "secret" ? secret : `${name}-1`]]));
}

function sampleOf(traits: Traits, event = "event-1"): Delivery {
  const outcome = Object.keys(traits.preset.sample?.outcomes ?? {})[0] as Outcome;
  const settings = settingsOf(traits);
  const wishes = { settings, outcome, reference: "opp-é", nowMs: NOW_MS, subject: "check-1", event };
  const { headers, body } = signSample(traits.preset, wishes);
  return { headers: Object.entries(headers), body, settings, nowMs: NOW_MS };
}

function receive({ preset: one }: Traits, { headers, ...rest }: Delivery) {
  return verifyDelivery(one, { rawHeaders: headers.flat(), ...rest } satisfies Arrived);
}

/** accepted, refused, or why it is kept and starts nothing. */
function say(traits: Traits, delivery: Delivery): string {
  const verdict = receive(traits, delivery);
  return verdict.ok ? (verdict.ignored ?? "accepted") : "refused";
}

/** Changes the value of the signature's header, or of the signature in the body. */
function changeSignature({ header }: Traits, delivery: Delivery, change: (value: string) => string): void {
  if (header === undefined)
    delivery.body = edit(delivery.body, (body) => ({ ...body, signature: change(String(body.signature)) }));
  else delivery.headers = delivery.headers.map(([name, value]) => [name, name === header ? change(value) : value]);
}

/** The part of a signature's value that is the digest. */
function changeDigest(traits: Traits, delivery: Delivery, change: (digest: string) => string): void {
  const ending = traits.layout === "pairs" ? /[^=]*$/ : traits.layout === "tagged" ? /[^,]*$/ : /.*$/;
  changeSignature(traits, delivery, (value) => value.replace(ending, change));
}

function edit(body: Buffer, change: (body: Record<string, unknown>) => unknown): Buffer {
  return Buffer.from(JSON.stringify(change(JSON.parse(body.toString()) as Record<string, unknown>)));
}

/** Signs a body as the sender would, by rules written down here again. */
function sign(
  { preset: one, header, layout, secret }: Traits,
  delivery: Delivery,
  body: Buffer,
  keyed = secret,
  time = "1767225610",
): void {
  delivery.body = body;
  if (header === undefined) return;
  const key = one.signature.key === "whsec" ? Buffer.from(keyed.replace("whsec_", ""), "base64") : keyed;
  const mac = (...parts: (string | Buffer)[]) => parts.reduce((hmac, part) => hmac.update(part), createHmac("sha256", key));
  const value = {
    plain: () => mac(body).digest("hex"),
    pairs: () => `t=${time},v1=${mac(`${time}.`, body).digest("hex")}`,
    tagged: () => `v1,${mac(`msg_event-1.${time}.`, body).digest("base64")}`,
  }[layout as "plain"]();
  const told: Record<string, string> = { [header]: value, "webhook-timestamp": time };
  delivery.headers = delivery.headers.map(([name, old]) => [name, told[name] ?? old]);
}

function setTime({ preset: one, isTimeInBody }: Traits, delivery: Delivery, change: (time: number) => unknown): void {
  const { timestamp } = one.signature;
  const [, name = ""] = /^(?:pair|header):(.*)$/.exec(timestamp?.from ?? "") ?? [];
  if (isTimeInBody) {
    const field = String(timestamp?.from.slice(1));
    delivery.body = edit(delivery.body, (body) => ({ ...body, [field]: change(Number(body[field])) }));
  } else if (timestamp?.from.startsWith("pair:"))
    delivery.headers = delivery.headers.map(([of, value]) => [
      of,
      value.replace(/^t=(\d+)/, (_, time) => `t=${change(Number(time)) ?? ""}`),
    ]);
  else delivery.headers = delivery.headers.map(([of, value]) => [of, of === name ? String(change(Number(value)) ?? "") : value]);
}

type Expected = string | ((traits: Traits) => string);
type Tampering = readonly [what: string, change: (delivery: Delivery, traits: Traits) => void, expected: Expected];

/** A signature that does not cover the body cannot notice. */
const unlessUncovered: Expected = ({ header }) => (header === undefined ? "accepted" : "refused");
/** Kept and ignored; but what has its signature or its signed time in the body has neither then. */
const keptAs =
  (ignored: string): Expected =>
  ({ header, isTimeInBody }) =>
    header === undefined || isTimeInBody ? "refused" : ignored;
const ifTimed: Expected = ({ hasTime }) => (hasTime ? "refused" : "accepted");

/** What happens to a well-signed delivery on its way, and what becomes of it. */
const TAMPERINGS: readonly Tampering[] = [
  ["as it was sent", () => {}, "accepted"],
  ["header names in capitals", (it) => (it.headers = it.headers.map(([name, value]) => [name.toUpperCase(), value])), "accepted"],
  [
    "headers in another order, with others",
    (it) => (it.headers = [["via", "1.1 x"], ["via", "1.1 y"], ...it.headers.toReversed()]),
    "accepted",
  ],
  [
    "the digest in capitals",
    (it, t) => changeDigest(t, it, (hex) => hex.toUpperCase()),
    ({ isHex }) => (isHex ? "accepted" : "refused"),
  ],
  ["the second of two secrets", (it, t) => (it.settings = { ...it.settings, secret: [OTHER_SECRET, t.secret] }), "accepted"],
  [
    "a secret pasted with white space",
    (it, t) => (it.settings = { ...it.settings, secret: [new Secret(` ${t.secret}\n`)] }),
    "accepted",
  ],
  ["another secret", (it) => (it.settings = { ...it.settings, secret: [OTHER_SECRET] }), "refused"],
  [
    "no secret saved, signed with none",
    (it, t) => {
      sign(t, it, it.body, "");
      it.settings = { ...it.settings, secret: [] };
    },
    "refused",
  ],
  [
    "an empty secret saved, signed with none",
    (it, t) => {
      sign(t, it, it.body, "");
      it.settings = { ...it.settings, secret: [" "] };
    },
    "refused",
  ],
  [
    "one letter of a value changed",
    (it) => (it.body = replace(it.body, /opp-|check-1|completed/, (text) => `${text.slice(0, -1)}!`)),
    unlessUncovered,
  ],
  ["a line end added", (it) => (it.body = Buffer.concat([it.body, Buffer.from("\n")])), unlessUncovered],
  [
    "written anew, with spaces",
    (it) => (it.body = Buffer.from(JSON.stringify(JSON.parse(it.body.toString()), null, 1))),
    unlessUncovered,
  ],
  [
    "a letter written as an escape",
    (it) => (it.body = replace(it.body, /é|t/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)),
    unlessUncovered,
  ],
  [
    "a mark of byte order before it",
    (it) => (it.body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), it.body])),
    unlessUncovered,
  ],
  ["a byte that is no UTF-8", (it) => (it.body = withByte(it.body)), "refused"],
  ["a byte that is no UTF-8, signed so", (it, t) => sign(t, it, withByte(it.body)), keptAs("not_json")],
  ["no JSON, signed so", (it, t) => sign(t, it, Buffer.from("status=approved")), keptAs("not_json")],
  ["an empty body, signed so", (it, t) => sign(t, it, Buffer.alloc(0)), keptAs("not_json")],
  [
    "a key twice, signed so",
    (it, t) =>
      sign(
        t,
        it,
        replace(it.body, /^\{/, () => '{"x":1,"x":2,'),
      ),
    keptAs("not_json"),
  ],
  [
    "a key of prototypes, signed so",
    (it, t) =>
      sign(
        t,
        it,
        replace(it.body, /^\{/, () => '{"__proto__":{},'),
      ),
    keptAs("not_json"),
  ],
  [
    "nested 40 deep, signed so",
    (it, t) =>
      sign(
        t,
        it,
        replace(it.body, /^\{/, () => `{"x":${"[".repeat(40)}${"]".repeat(40)},`),
      ),
    keptAs("not_json"),
  ],
  ["the signature missing", (it, t) => remove(t, it), "refused"],
  ["the signature twice", (it, t) => repeat(t, it), "refused"],
  ["the digest shorter by one", (it, t) => changeDigest(t, it, (digest) => digest.slice(0, -1)), "refused"],
  ["the digest longer by two", (it, t) => changeDigest(t, it, (digest) => `${digest}00`), "refused"],
  [
    "the digest with a letter that is none of its encoding",
    (it, t) => changeDigest(t, it, (digest) => `~${digest.slice(1)}`),
    "refused",
  ],
  ["an empty digest", (it, t) => changeDigest(t, it, () => ""), "refused"],
  [
    "a digest of zeros",
    (it, t) => changeDigest(t, it, (digest) => (t.isHex ? digest.replace(/./g, "0") : `${"A".repeat(43)}=`)),
    "refused",
  ],
  [
    "the signature of 5 KiB",
    (it, t) => changeSignature(t, it, (value) => `${value}${t.layout === "tagged" ? " x" : ""},x=${"a".repeat(5000)}`),
    "refused",
  ],
  [
    "nine signatures",
    (it, t) =>
      changeSignature(t, it, (value) =>
        Array(9)
          .fill(value)
          .join(t.layout === "plain" ? "," : " "),
      ),
    "refused",
  ],
  [
    "the header of another sender",
    (it, t) => (it.headers = it.headers.map(([name, value]) => [name === t.header ? "x-other-signature" : name, value])),
    ({ header }) => (header ? "refused" : "accepted"),
  ],
  ["as old as may be", (it, t) => (it.nowMs += (t.preset.tolerance?.past ?? 0) * 1000), "accepted"],
  ["a second older than that", (it, t) => (it.nowMs += (t.preset.tolerance?.past ?? 90 * 86_400) * 1000 + 1000), ifTimed],
  ["from 301 s ahead", (it) => (it.nowMs -= 301_000), ifTimed],
  ["its time changed by a second", (it, t) => setTime(t, it, (time) => time + 1), ifTimed],
  ["its time left out", (it, t) => setTime(t, it, () => undefined), ifTimed],
  [
    "its time no number, signed so",
    (it, t) =>
      t.isTimeInBody
        ? sign(
            t,
            it,
            edit(it.body, (body) => ({ ...body, timestamp: "1e9", triggeredAt: "1e9" })),
          )
        : sign(t, it, it.body, t.secret, "1e9"),
    ifTimed,
  ],
  ["a month later, where no time is signed", (it, t) => (it.nowMs += t.hasTime ? 0 : 30 * 86_400_000), "accepted"],
];

function replace(body: Buffer, pattern: RegExp, by: (text: string) => string): Buffer {
  return Buffer.from(body.toString().replace(pattern, by));
}

function withByte(body: Buffer): Buffer {
  const at = body.lastIndexOf('"');
  return Buffer.concat([body.subarray(0, at), Buffer.from([0xff]), body.subarray(at)]);
}

function remove({ header }: Traits, delivery: Delivery): void {
  if (header === undefined) delivery.body = edit(delivery.body, (body) => ({ ...body, signature: undefined }));
  else delivery.headers = delivery.headers.filter(([name]) => name !== header);
}

function repeat({ header }: Traits, delivery: Delivery): void {
  if (header === undefined) delivery.body = replace(delivery.body, /("signature":"[^"]*")/, (text) => `${text},${text}`);
  else delivery.headers = delivery.headers.flatMap((one) => (one[0] === header ? [one, one] : [one]));
}

describe("a delivery that was tampered with", () => {
  it.each(cases)("by %s is refused, or accepted, as is written here", (_id, one) => {
    const traits = traitsOf(one);
    const told = TAMPERINGS.map(([what, change]) => {
      const delivery = sampleOf(traits);
      change(delivery, traits);
      return [what, say(traits, delivery)];
    });
    expect(told).toEqual(TAMPERINGS.map(([what, , wanted]) => [what, typeof wanted === "string" ? wanted : wanted(traits)]));
    expect(TAMPERINGS.length).toBeGreaterThan(30);
  });

  it.each(cases)("by %s costs the same whatever is wrong with it: every secret is tried, none twice", (_id, one) => {
    const traits = traitsOf(one);
    const read = TAMPERINGS.filter(([what]) => !what.includes("secret")).map(([what, change]) => {
      let reads = 0;
      const secrets = new Proxy([OTHER_SECRET, traits.secret, OTHER_SECRET], {
        get(list, name, receiver) {
          if (/^\d+$/.test(String(name))) reads += 1;
          return Reflect.get(list, name, receiver) as unknown;
        },
      });
      const delivery = sampleOf(traits);
      change(delivery, traits);
      receive(traits, { ...delivery, settings: { ...delivery.settings, secret: secrets } });
      return [what, reads];
    });
    expect(read.filter(([, reads]) => reads !== 3)).toEqual([]);
  });

  it.each(cases)("at random never makes the verifier of %s fail", (_id, one) => {
    const traits = traitsOf(one);
    const names = [
      traits.header ?? "x-any",
      "webhook-timestamp",
      "webhook-id",
      "x-auth-client",
      "idenfy-event-type",
      "x-payload-digest-alg",
    ];
    const arbitrary = fc.record({
      headers: fc.array(fc.tuple(fc.constantFrom(...names), fc.string({ unit: "binary" })), { maxLength: 4 }),
      body: fc.oneof(
        fc.json().map((text) => Buffer.from(text)),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
    });
    fc.assert(
      fc.property(
        arbitrary,
        ({ headers, body }) => !receive(traits, { headers, body, settings: settingsOf(traits), nowMs: NOW_MS }).ok,
      ),
      { numRuns: 40 },
    );
  });
});

describe("a signature", () => {
  const sendStripe = (change: (value: string) => string) => {
    const traits = traitsOf(preset("stripe-identity"));
    const delivery = sampleOf(traits);
    changeSignature(traits, delivery, change);
    return say(traits, delivery);
  };

  it("beside well-formed wrong ones is found, and beside a malformed one refused", () => {
    expect(sendStripe((value) => `${value},v1=${"0".repeat(64)}`)).toBe("accepted");
    expect(sendStripe((value) => `${value},v1=00`)).toBe("refused");
    expect(sendStripe((value) => `${value},v0=00`)).toBe("accepted");
    expect(sendStripe((value) => `${value},v1`)).toBe("refused");
  });

  it("with two times is refused", () => {
    expect(sendStripe((value) => `${value},t=1767225600`)).toBe("refused");
  });

  it("over the body alone is none where more is to be signed", () => {
    const traits = traitsOf(preset("standard-webhooks"));
    const delivery = sampleOf(traits);
    const key = Buffer.from(traits.secret.replace("whsec_", ""), "base64");
    const value = `v1,${createHmac("sha256", key).update(delivery.body).digest("base64")}`;
    delivery.headers = [
      ["webhook-timestamp", "1767225610"],
      ["webhook-signature", value],
    ];
    expect(receive(traits, delivery)).toEqual({ ok: false, refusal: "content_unreadable" });
  });
});

describe("a delivery that is sent again", () => {
  it.each(cases)("by %s has the same key, and a later event of the same check another", (_id, one) => {
    const traits = traitsOf(one);
    const keyOf = (delivery: Delivery) => {
      const verdict = receive(traits, delivery);
      return verdict.ok ? verdict.key : verdict.refusal;
    };
    const [first, again, later] = [sampleOf(traits), sampleOf(traits), sampleOf(traits, "event-2")];
    expect(keyOf(again)).toBe(keyOf(first));
    expect(keyOf(first)).toMatch(/^[0-9a-f]{64}$/);
    // Where the sender has no id of events, time and decision tell them apart.
    if (one.sample?.event !== undefined) expect(keyOf(later)).not.toBe(keyOf(first));
    if (traits.header === undefined || !traits.hasTime || traits.isTimeInBody) return;
    sign(traits, again, again.body, traits.secret, "1767225600");
    expect(keyOf(again)).toBe(keyOf(first));
  });

  it("is told apart from another one whose number differs beyond what JavaScript's numbers hold", () => {
    const one = { ...preset("hmac"), eventId: "/id" };
    const traits = traitsOf(one);
    const keys = ["9007199254740993", "9007199254740992"].map((id) => {
      const delivery = sampleOf(traits);
      sign(traits, delivery, Buffer.from(`{"id":${id}}`));
      const verdict = receive(traits, delivery);
      return verdict.ok ? [verdict.verification.eventId, verdict.key] : [];
    });
    expect(keys.map(([id]) => id)).toEqual(["9007199254740993", "9007199254740992"]);
    expect(new Set(keys.map(([, key]) => key)).size).toBe(2);
  });
});

describe("what a preset says of a delivery", () => {
  const outcomeOf = (id: string, change: (body: Record<string, unknown>) => unknown, headers: Record<string, string> = {}) => {
    const traits = traitsOf(preset(id));
    const delivery = sampleOf(traits);
    delivery.headers = delivery.headers.map(([name, value]) => [name, headers[name] ?? value]);
    sign(traits, delivery, edit(delivery.body, change));
    const verdict = receive(traits, delivery);
    return verdict.ok ? verdict.verification : verdict;
  };

  it("is refused for another API key of Veriff, and for none", () => {
    const traits = traitsOf(preset("veriff"));
    const refusals = [
      ["x-auth-client", "x"],
      ["x-other", "apiKey-1"],
    ].map(([name = "", value = ""]) => {
      const delivery = sampleOf(traits);
      delivery.headers = delivery.headers.map((one) => (one[0] === "x-auth-client" ? [name, value] : one));
      return receive(traits, delivery);
    });
    const nameless = sampleOf(traits);
    nameless.headers = nameless.headers.map(([name, value]) => [name, name === "x-auth-client" ? "" : value]);
    refusals.push(receive(traits, { ...nameless, settings: { ...nameless.settings, apiKey: [""] } }));
    expect(refusals).toEqual([
      { ok: false, refusal: "setting_wrong" },
      { ok: false, refusal: "setting_wrong" },
      { ok: false, refusal: "setting_wrong" },
    ]);
  });

  it("cannot become an approval by iDenfy's header, which is not signed", () => {
    const header = (type: string) => ({ "idenfy-event-type": type });
    const change = (body: Record<string, unknown>) => ({ ...body, status: { overall: "DENIED" } });
    const types = ["IDENTIFICATION_AUTO_FINISHED", "approved", "IDENTIFICATION_EXPIRED", "IDENTIFICATION_CANCELLED"];
    const told = types.map((type) => outcomeOf("idenfy", change, header(type))).map((one) => "outcome" in one && one.outcome);
    expect(told).toEqual(["declined", "declined", "expired", "canceled"]);
  });

  it("is found by Persona's three spellings of keys", () => {
    const spell = (spelling: (key: string) => string) => (body: Record<string, unknown>) =>
      JSON.parse(JSON.stringify(body).replace(/"([a-z]+(?:-[a-z]+)+)":/g, (_, key: string) => `"${spelling(key)}":`)) as unknown;
    const snake = (key: string) => key.replaceAll("-", "_");
    const camel = (key: string) => key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    for (const spelling of [snake, camel])
      expect(outcomeOf("persona", spell(spelling))).toMatchObject({
        outcome: "approved",
        reference: "opp-é",
        createdAt: "2026-01-01T00:00:10.000Z",
      });
  });

  it("is kept and ignored where the event is none of those that decide, or names no check", () => {
    expect(outcomeOf("onfido", () => ({ payload: { action: "audit_log.created", object: { id: "1" } } }))).toMatchObject({
      outcome: "ignored",
    });
    const lever = traitsOf(preset("lever"));
    const ping = sampleOf(lever);
    ping.body = edit(ping.body, (body) => ({ ...body, data: {} }));
    expect(say(lever, ping)).toBe("no_subject");
    const stripe = traitsOf(preset("stripe-identity"));
    const nameless = sampleOf(stripe);
    sign(
      stripe,
      nameless,
      edit(nameless.body, (body) => ({ ...body, type: undefined })),
    );
    expect(say(stripe, nameless)).toBe("no_event_type");
  });

  it("marks a test event where the sender does", () => {
    expect(outcomeOf("stripe-identity", (body) => ({ ...body, livemode: true }))).toMatchObject({ test: false });
    expect(outcomeOf("stripe-identity", (body) => ({ ...body, livemode: false }))).toMatchObject({ test: true });
    expect(outcomeOf("persona", (body) => body)).toMatchObject({ test: null });
  });
});

describe("a sample", () => {
  it("is not made of an outcome that the sender cannot give, or without a secret", () => {
    const wishes = { settings: { secret: ["secret-1"] }, nowMs: NOW_MS };
    expect(() => signSample(preset("stripe-identity"), { ...wishes, outcome: "declined" })).toThrow(
      "no sample of the outcome declined",
    );
    expect(() => signSample(preset("persona"), { ...wishes, settings: {}, outcome: "approved" })).toThrow("cannot be signed");
  });
});
