// A whole life over the REST API, with the client that openapi-typescript generates: from an
// application to a rating, a refund, a seat in a group session, and webhooks of all that. `tsc
// --strict` checks it, and the test moves the server's clock when it is asked to.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline/promises";
import createClient, { type Middleware } from "openapi-fetch";
import { Webhook } from "standardwebhooks";
import type { components, paths, webhooks } from "./schema.js";

type Session = components["schemas"]["MentorshipSession"];
type SessionEvent = webhooks["session.booked"]["post"]["requestBody"]["content"]["application/json"];

const { API, OLIVER, MAYA, MODERATOR, SERVICE } = process.env;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Ask the test to move the server's clock, and wait until it has done so. */
async function waitUntil(instant: string): Promise<void> {
  console.log(JSON.stringify({ waitUntil: instant }));
  await answers.next();
}

/** Ask the test to send the webhooks of all that has happened, and wait until it has done so. */
async function sendWebhooks(): Promise<void> {
  console.log(JSON.stringify({ sendWebhooks: true }));
  await answers.next();
}

function clientWith(token: string | undefined) {
  const client = createClient<paths>({ baseUrl: API ?? "" });
  const authentication: Middleware = {
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${token}`);
      return request;
    },
  };
  client.use(authentication);
  return client;
}

/** Return the data of a response, or fail with the problem that it has instead. */
function data<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) {
    throw new Error(`${result.response.status} ${JSON.stringify(result.error)}`);
  }
  return result.data;
}

function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not true: ${what}`);
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("there is none");
  return item;
}

const oliver = clientWith(OLIVER);
const maya = clientWith(MAYA);
const moderator = clientWith(MODERATOR);
const service = clientWith(SERVICE);

async function becomeMentor(): Promise<string> {
  data(await oliver.PUT("/api/mentorship/me", { body: { timezone: "Europe/London" } }));
  const application = data(
    await oliver.POST("/api/mentorship/apply", {
      body: {
        expertise: ["Python", "code review"],
        hourlyRate: 60,
        bio: "Ten years of other people's Python, and glad to explain it.",
      },
    }),
  );
  assert(application.status === "pending", "the application is pending");
  const queue = data(await moderator.GET("/api/mentorship/applications", {}));
  const waiting = first(queue.applications);
  assert(waiting.userId === application.userId, "the application is in the queue");
  data(
    await moderator.PUT("/api/mentorship/profile/{id}/status", {
      params: { path: { id: waiting.userId } },
      body: { status: "approved", revision: waiting.revision },
    }),
  );
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] as const;
  const availability = data(
    await oliver.PUT("/api/mentorship/availability", {
      body: days.map((dayOfWeek) => ({ dayOfWeek, startTime: "09:00", endTime: "17:00" })),
    }),
  );
  assert(availability.nextSlots.length > 0, "there are open slots");
  return waiting.userId;
}

async function grantPoints(userId: string): Promise<void> {
  const grant = {
    params: { header: { "Idempotency-Key": "welcome" } },
    body: { userId, kind: "grant", amount: 500, reason: "Welcome" },
  } as const;
  const once = await service.POST("/api/mentorship/points/transfers", grant);
  const again = await service.POST("/api/mentorship/points/transfers", grant);
  data(once);
  data(again);
  assert(again.response.headers.get("Idempotency-Replayed") === "true", "the grant is replayed");
}

async function openSlots(mentorId: string): Promise<string[]> {
  const page = data(
    await maya.GET("/api/mentorship/mentors/{id}/slots", {
      params: { path: { id: mentorId }, query: { duration: 60, limit: 5 } },
    }),
  );
  return page.slots.map((slot) => slot.scheduledAt);
}

async function book(mentorId: string, scheduledAt: string): Promise<Session> {
  return data(
    await maya.POST("/api/mentorship/book", {
      body: { mentorId, scheduledAt, duration: 60, notes: "Async", expectedPrice: 60 },
    }),
  );
}

/** Returns a time two days after the session. */
async function meetAndRate(mentorId: string): Promise<string> {
  const found = data(
    await maya.GET("/api/mentorship/search", { params: { query: { expertise: "pyton" } } }),
  );
  assert(first(found.mentors).userId === mentorId, "a misspelled search finds the mentor");
  const [start = "", later = ""] = await openSlots(mentorId);
  const booked = await book(mentorId, start);
  assert(booked.status === "scheduled" && booked.points?.held === 60, "60 points are on hold");

  const taken = await maya.POST("/api/mentorship/book", {
    body: { mentorId, scheduledAt: start, duration: 60 },
  });
  const alternatives = taken.error?.nearestSlots ?? [];
  assert(taken.response.status === 409 && alternatives.length > 0, "other slots are offered");

  const path = { id: booked.id };
  const confirmed = data(
    await oliver.PUT("/api/mentorship/session/{id}/status", {
      params: { path },
      body: { status: "confirmed", startsAt: start },
    }),
  );
  assert(confirmed.status === "confirmed", "the session is confirmed");
  data(
    await maya.PUT("/api/mentorship/session/{id}/schedule", {
      params: { path },
      body: { scheduledAt: later },
    }),
  );
  const moved = data(
    await oliver.PUT("/api/mentorship/session/{id}/schedule", {
      params: { path },
      body: { action: "accept", startsAt: later },
    }),
  );
  assert(moved.scheduledAt === later && moved.proposed === null, "the session has moved");

  await waitUntil(moved.endsAt);
  const status = "/api/mentorship/session/{id}/status" as const;
  const completed = data(await maya.PUT(status, { params: { path }, body: { status: "completed" } }));
  assert(completed.status === "completed", "the session is completed");
  assert(completed.points?.earned === 60, "the mentor is paid");
  const rated = data(
    await maya.POST("/api/mentorship/session/{id}/rate", {
      params: { path },
      body: { rating: 5, review: "Every question answered." },
    }),
  );
  assert(rated.rating === 5, "the session is rated");
  const reply = data(
    await oliver.POST("/api/mentorship/session/{id}/reply", {
      params: { path },
      body: { reply: "Thank you!" },
    }),
  );
  assert(reply.reply === "Thank you!", "the mentor has replied");
  return new Date(Date.parse(moved.endsAt) + 48 * 3_600_000).toISOString();
}

async function cancelWithRefund(mentorId: string): Promise<void> {
  const session = await book(mentorId, first(await openSlots(mentorId)));
  // Without a body, which is optional.
  const cancelled = data(
    await maya.DELETE("/api/mentorship/session/{id}", { params: { path: { id: session.id } } }),
  );
  assert(cancelled.status === "cancelled", "the session is cancelled");
  assert(cancelled.points?.refunded === session.amountPaid, "the price is refunded in full");
}

async function joinGroup(scheduledAt: string): Promise<void> {
  const created = data(
    await oliver.POST("/api/mentorship/groups", {
      body: { title: "Office hours", scheduledAt, duration: 60, capacity: 5, price: 20 },
    }),
  );
  const groups = data(await maya.GET("/api/mentorship/groups", {}));
  const group = first(groups.groups);
  assert(group.id === created.id, "the group session is listed");
  const seat = data(
    await maya.POST("/api/mentorship/groups/{id}/seats", {
      params: { path: { id: group.id } },
      body: { expectedPrice: group.price, revision: group.revision },
    }),
  );
  assert(seat.kind === "group" && seat.groupId === group.id, "the member has a seat");
  const balance = data(await maya.GET("/api/mentorship/me", {})).balance;
  assert(balance === 420, `420 points are left: ${balance}`);
}

/** Create an endpoint of this program, and return the list to which verified events are added. */
async function receiveEvents(): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  let secret = "";
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = request.headers as Record<string, string>;
    try {
      const body = Buffer.concat(chunks).toString();
      events.push(new Webhook(secret).verify(body, headers) as SessionEvent);
      response.writeHead(204).end();
    } catch (error) {
      console.error(error);
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  const created = data(
    await service.POST("/api/mentorship/webhooks", {
      body: {
        url: `http://127.0.0.1:${port}/events`,
        eventTypes: ["session.booked", "session.completed", "session.cancelled", "seat.taken"],
      },
    }),
  );
  secret = created.secret;
  return events;
}

async function checkEvents(events: readonly SessionEvent[]): Promise<void> {
  await sendWebhooks();
  const types = events.map((event) => event.type).sort();
  const expected = ["seat.taken", "session.booked", "session.booked"];
  expected.push("session.cancelled", "session.completed");
  assert(types.join() === expected.join(), `the events are received: ${types}`);
  assert(new Set(events.map((event) => event.id)).size === events.length, "each of them once");
  const completed = events.find((event) => event.type === "session.completed");
  assert(completed?.data.session?.review?.rating === 5, "with the session as it is now");
}

const mentorId = await becomeMentor();
const member = data(await maya.PUT("/api/mentorship/me", { body: { timezone: "America/New_York" } }));
await grantPoints(member.userId);
const events = await receiveEvents();
const later = await meetAndRate(mentorId);
await cancelWithRefund(mentorId);
await joinGroup(later);
await checkEvents(events);
const mine = data(await maya.GET("/api/mentorship/sessions/mentee", {}));
assert(mine.sessions.length === 3, "three sessions are listed");
assert(mine.nextCursor === null, "on one page");
console.log(JSON.stringify({ done: true }));
process.exit(0);
