// The control room: shows the state that the demo tells, and moves its clock.
"use strict";

const TAB = "mentorbot-discord";
const EVERY = 1500;

const $ = (id) => document.getElementById(id);

/** An element with attributes, and children that are elements or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function picture(svgPath) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", svgPath);
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "2");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

const ENVELOPE = "M3 6h18v12H3z M3 7l9 7 9-7";

// Everything on the page is drawn from `state`; a part is drawn again only when its data changed,
// so that neither the focus nor a screen reader's place is lost.
let drawn = {};
let busy = false;

function changed(part, data) {
  const text = JSON.stringify(data);
  if (drawn[part] === text) return false;
  drawn[part] = text;
  return true;
}

/** Draw a list anew and put the focus back on what stood there before. */
function redraw(holder, children) {
  const key = holder.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  holder.replaceChildren(...children);
  if (key) holder.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function draw(state) {
  if (changed("steps", state.steps)) drawSteps(state.steps);
  if (changed("people", state.people)) drawPeople(state.people);
  if (changed("clock", [state.utc, state.people.map((person) => person.clock)])) drawClock(state);
  if (changed("next", state.next)) drawNext(state.next);
  if (changed("skipped", state.skipped)) drawHappened(state.skipped);
  if (changed("backstage", state.backstage)) drawBackstage(state.backstage);
  if (changed("api", state.api)) drawApi(state.api);
}

function address(person, place) {
  return `/open/${encodeURIComponent(person)}/${encodeURIComponent(place)}`;
}

/** A link that shows a place in the one other tab. */
function opener(person, place, attributes, ...children) {
  return make("a", { href: address(person, place), target: TAB, ...attributes }, ...children);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest(`a[target="${TAB}"]`) : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  // A plain link would do, but leaves a tab that is open already in the background.
  const tab = window.open(link.href, TAB);
  if (tab) {
    event.preventDefault();
    tab.focus();
  }
});

function drawSteps(steps) {
  const current = steps.findIndex((step) => !step.done);
  redraw($("steps"), steps.map((step, index) => {
    const stands = step.done ? "done" : index === current ? "current" : "ahead";
    const look = stands === "current" ? "button primary" : "button";
    const act = step.person
      ? opener(step.person, step.place, { class: look, "data-key": `step-${index}` }, step.button)
      : make("button", { type: "button", class: look, "data-skip": "session", "data-key": `step-${index}` }, step.button);
    return make(
      "li",
      { class: `step ${stands}`, "aria-current": stands === "current" ? "step" : null },
      make("span", { class: "step-number", "aria-hidden": "true" }, step.done ? "✓" : String(index + 1)),
      make(
        "div", { class: "step-body" },
        make("span", { class: "step-title" }, step.title, step.done ? make("span", { class: "visually-hidden" }, " (done)") : null),
        make("p", { class: "step-text" }, step.text),
        act,
      ),
    );
  }));
  $("steps").removeAttribute("aria-busy");
  $("after").hidden = current !== -1;
}

function drawPeople(people) {
  redraw($("people"), people.map((person) => {
    const card = make(
      "li", { class: "person panel" },
      make(
        "div", { class: "person-head" },
        make("img", { src: `/portraits/${person.key}.png`, alt: "", width: 48, height: 48 }),
        make(
          "div", {},
          make("h3", {}, person.name),
          make("p", { class: "person-does" }, `${person.does} · ${person.city}`),
        ),
      ),
      make("div", { class: "places" }, ...person.places.map((place) => placeLink(person, place))),
      person.things.length ? thingsToTry(person) : null,
    );
    card.style.setProperty("--person", person.colour);
    return card;
  }));
}

// Which lists a visitor has opened or closed, so that drawing anew leaves them so.
const unfolded = new Map();

function thingsToTry(person) {
  const done = person.things.filter((thing) => thing.done).length;
  const list = make(
    "details", { class: "things" },
    make(
      "summary", { "data-key": `things-${person.key}` },
      "Five things to try ",
      make("span", { class: done === person.things.length ? "count all" : "count" }, `${done} of ${person.things.length} done`),
    ),
    make("ol", {}, ...person.things.map((thing) => make(
      "li", { class: thing.done ? "thing done" : "thing" },
      make("span", { class: "tick", "aria-hidden": "true" }, thing.done ? "✓" : ""),
      make(
        "div", {},
        opener(person.key, thing.place, { class: "thing-title" }, thing.title),
        thing.done ? make("span", { class: "visually-hidden" }, " (done)") : null,
        make("p", { class: "thing-how" }, ...commands(thing.how)),
      ),
    ))),
  );
  list.open = unfolded.get(person.key) ?? true;
  list.addEventListener("toggle", () => unfolded.set(person.key, list.open));
  return list;
}

/** A sentence with its commands as something to type. */
function commands(text) {
  return text.split(/(\/[a-z][a-z-]*(?: (?:search|give|hours|edit|grant|audit|status|convert)\b)?)/).map((part) => (
    part.startsWith("/") ? make("kbd", {}, part) : document.createTextNode(part)
  ));
}

function placeLink(person, place) {
  const channel = place.label.startsWith("#");
  const news = place.unread ? `, ${place.unread} new` : "";
  return opener(
    person.key, place.key,
    {
      class: "button place",
      "data-on-show": String(place.onShow),
      "data-key": `${person.key}/${place.key}`,
      "aria-label": `Open ${place.label} as ${person.firstName}${news}`,
    },
    make("span", { class: "place-sign", "aria-hidden": "true" }, channel ? "#" : picture(ENVELOPE)),
    make("span", { class: "place-label" }, channel ? place.label.slice(1) : place.label),
    place.unread ? make("span", { class: "unread" }, String(place.unread)) : null,
    place.onShow && !place.unread ? make("span", { class: "place-open" }, "in the tab") : null,
  );
}

function drawClock(state) {
  $("utc-time").textContent = state.utc.time;
  $("utc-day").textContent = state.utc.day;
  $("clocks").replaceChildren(...state.people.map((person) => {
    const otherDay = person.clock.day !== state.utc.day;
    const row = make(
      "div", {},
      make("dt", {}, `${person.firstName}, ${person.city}`),
      make("dd", {}, otherDay ? make("span", {}, `${person.clock.day} `) : null, person.clock.time),
    );
    row.style.setProperty("--person", person.colour);
    return row;
  }));
}

function drawNext(next) {
  const button = document.querySelector(".skips [data-skip='session']");
  button.setAttribute("aria-disabled", String(!next));
  $("next").textContent = next
    ? `${next.who}, ${next.when.day} at ${next.when.time} UTC` +
      (next.agreed ? "." : `. ${next.mentor} has not confirmed yet.`)
    : "No session is ahead. Book one as Maya.";
}

function drawHappened(skipped) {
  const holder = $("happened");
  if (!skipped.length) {
    holder.replaceChildren(make("p", {}, "Nothing yet. Messages that arrive while time passes are listed here."));
    return;
  }
  holder.replaceChildren(...skipped.map((skip, index) => {
    const count = skip.arrivals.length;
    const words = count === 0 ? "No message" : count === 1 ? "1 message" : `${count} messages`;
    return make(
      "div", {},
      make(
        "p", { class: "skip-head" },
        `${words} arrived `,
        make("span", {}, `by ${skip.to.day}, ${skip.to.time} UTC`),
      ),
      make(
        "div", { class: `arrivals${index === 0 ? " fresh" : ""}` },
        ...skip.arrivals.slice(0, 12).map((arrival) => opener(
          arrival.person, arrival.place, { class: "arrival" },
          make("img", { src: `/portraits/${arrival.person}.png`, alt: "", width: 28, height: 28 }),
          make(
            "span", {},
            make("span", { class: "arrival-where" }, `${arrival.name} · ${arrival.label} · ${arrival.at}`),
            make("span", { class: "arrival-text" }, arrival.text),
          ),
        )),
      ),
      count > 12 ? make("p", { class: "skip-others" }, `And ${count - 12} more to these people.`) : null,
      skip.others
        ? make("p", { class: "skip-others" }, `And ${skip.others} to other members of the server.`)
        : null,
    );
  }));
}

function rows(holder, lines) {
  holder.replaceChildren(...lines.map((cells) => make("tr", {}, ...cells.map((cell) => (
    typeof cell === "number" ? make("td", { class: "number" }, String(cell)) : make("td", {}, cell)
  )))));
}

function drawBackstage(found) {
  $("total").textContent =
    `${found.accounts} accounts; all of them together: ${found.total}`;
  rows($("movements"), found.movements.map((each) => [
    each.at,
    make("span", {}, `${each.from} → ${each.to}`, make("span", { class: "why" }, ` ${each.why}`)),
    each.points,
  ]));
  $("waiting").textContent = found.waiting === 1 ? "1 waits for its time" : `${found.waiting} wait for their time`;
  for (const [holder, some] of [["ahead", found.ahead], ["sent", found.sent]]) {
    rows($(holder), some.map((each) => [each.at, each.to, each.about]));
  }
}

function drawApi(api) {
  $("api-page").href = api.page;
  $("api-curl").textContent = api.curl;
  $("api-token").textContent = api.token;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!button) return;
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  try {
    await navigator.clipboard.writeText($(button.dataset.copy).textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($(button.dataset.copy));
    button.textContent = "Marked: now copy it";
  }
  setTimeout(() => { button.textContent = words; }, 2000);
});

// --- talking to the demo ---

async function ask(path, body) {
  const response = await fetch(path, body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer.error);
  return answer;
}

class Refusal extends Error {}

let problemStays = 0;

function say(problem, milliseconds = 0) {
  $("problem").hidden = !problem;
  $("problem").textContent = problem;
  problemStays = Date.now() + milliseconds;
}

/** Ask for the state, by an act or without one, and draw it. Never fails; problems are shown. */
async function update(path = "/api/state", body = undefined) {
  try {
    draw(await ask(path, body));
    if (Date.now() > problemStays) say("");
  } catch (error) {
    if (error instanceof Refusal) say(error.message, 8000);
    else say("The demo doesn’t answer. If it was ended in the terminal, start it again and reload this page.");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-skip]") : null;
  if (!button || busy) return;
  setBusy(true);
  await update("/api/skip", { to: button.dataset.skip });
  setBusy(false);
});

function sure(asked) {
  $("afresh-sure").hidden = !asked;
  $("afresh").hidden = asked;
  $(asked ? "afresh-yes" : "afresh").focus();
}

$("afresh").addEventListener("click", () => sure(true));
$("afresh-no").addEventListener("click", () => sure(false));
$("afresh-yes").addEventListener("click", async () => {
  if (busy) return;
  setBusy(true);
  $("afresh-yes").textContent = "Setting the stage …";
  unfolded.clear();
  await update("/api/afresh", {});
  $("afresh-yes").textContent = "Yes, start afresh";
  sure(false);
  setBusy(false);
});

function setBusy(value) {
  busy = value;
  document.body.setAttribute("aria-busy", String(value));
}

for (const link of document.querySelectorAll("a[data-open]")) {
  link.href = `/open/${link.dataset.open}`;
  link.target = TAB;
}

// Whoever comes back from the other tab has seen what is there.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !busy) update("/api/seen", {});
});

async function keepUp() {
  if (!document.hidden && !busy) await update();
  setTimeout(keepUp, EVERY);
}

keepUp();
