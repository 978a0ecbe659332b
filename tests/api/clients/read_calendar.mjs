// Reads an iCalendar stream from stdin with ical.js, and writes what it understands as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , packages] = process.argv;
const { default: ICAL } = await import(pathToFileURL(`${packages}/ical.js/dist/ical.js`).href);

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
const value = (component, name) => {
  const found = component.getAllProperties(name);
  if (found.length > 1) throw new Error(`${name} occurs ${found.length} times`);
  return found.length ? String(found[0].getFirstValue()) : null;
};
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component, { strictExceptions: true });
  return {
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    description: event.description,
    start: event.startDate.toJSDate().toISOString(),
    end: event.endDate.toJSDate().toISOString(),
    stamp: component.getFirstPropertyValue("dtstamp").toJSDate().toISOString(),
    modified: component.getFirstPropertyValue("last-modified").toJSDate().toISOString(),
    status: value(component, "status"),
    url: value(component, "url"),
    location: value(component, "location"),
    conference: value(component, "conference"),
    alarms: component
      .getAllSubcomponents("valarm")
      .map((alarm) => alarm.getFirstPropertyValue("trigger").toSeconds()),
  };
});
const unknown = calendar
  .getAllSubcomponents()
  .flatMap((component) => component.getAllProperties().map((each) => each.name))
  .filter((name) => name.startsWith("x-"));
process.stdout.write(
  JSON.stringify({
    version: value(calendar, "version"),
    method: value(calendar, "method"),
    name: value(calendar, "name"),
    refresh: value(calendar, "refresh-interval"),
    events,
    unknown,
  }),
);
