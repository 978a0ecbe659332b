// Reads ICS files with ical.js, and writes when somebody is busy as JSON.
//
// The arguments are the folder of Node's packages, and JSON with a list of [path, start, end]. Dates
// and times without a zone are those of the environment variable TZ.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , packages, files] = process.argv;
const { default: ICAL } = await import(pathToFileURL(`${packages}/ical.js/dist/ical.js`).href);

const MAX_OCCURRENCES = 20_000;

function isBusy(event) {
  return event.component.getFirstPropertyValue("status") !== "CANCELLED"
    && event.component.getFirstPropertyValue("transp") !== "TRANSPARENT";
}

function readSpans([path, start, end]) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf-8")));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const [from, to] = [Date.parse(start), Date.parse(end)];
  const events = calendar.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each));
  const changed = events.filter((each) => each.isRecurrenceException());
  const masters = events.filter((each) => !each.isRecurrenceException());
  const spans = [];
  const add = (event, first, last) => {
    const [begin, over] = [first.toJSDate().getTime(), last.toJSDate().getTime()];
    if (isBusy(event) && begin < to && over > from && begin < over) {
      spans.push([Math.max(begin, from) / 1000, Math.min(over, to) / 1000]);
    }
  };
  for (const event of changed) {
    if (!masters.some((each) => each.uid === event.uid)) add(event, event.startDate, event.endDate);
  }
  for (const event of masters) {
    changed.filter((each) => each.uid === event.uid).forEach((each) => event.relateException(each));
    if (!event.isRecurring()) {
      add(event, event.startDate, event.endDate);
      continue;
    }
    const iterator = event.iterator();
    for (let count = 0; count < MAX_OCCURRENCES; count += 1) {
      const next = iterator.next();
      if (!next || next.toJSDate().getTime() > to) break;
      const { item, startDate, endDate } = event.getOccurrenceDetails(next);
      add(item, startDate, endDate);
    }
  }
  return spans;
}

console.log(JSON.stringify(JSON.parse(files).map(readSpans)));
