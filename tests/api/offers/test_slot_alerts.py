"""Slot alerts over REST."""

from __future__ import annotations

from mentorship.availability import editor
from mentorship.availability.slot_alerts import dispatch
from mentorship.notifications.catalogue import NotificationKind
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


async def test_an_alert_is_set_changed_listed_and_removed(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(editor.set_weekly, oliver, "")
    maya = await community.member("Maya")
    app, path = api.client_of(maya), f"/mentors/{oliver.user_id}/slot-alert"
    assert (await app.get("/me/slot-alerts")).json() == {"slotAlerts": []}
    alert = {
        "mentorId": str(oliver.user_id),
        "mentorName": "Oliver",
        "weekdays": [],
        "partOfDay": None,
        "createdAt": "2026-03-02T12:00:00Z",
        "muted": False,
    }
    assert (await app.put(path)).json() == alert
    wish = {"weekdays": ["Sunday", "Saturday", "Sunday"], "partOfDay": "morning"}
    changed = await app.put(path, json=wish)
    alert |= {"weekdays": ["Saturday", "Sunday"], "partOfDay": "morning"}
    assert (changed.status_code, changed.json()) == (200, alert)
    assert (await app.get("/me/slot-alerts")).json() == {"slotAlerts": [alert]}
    await app.put("/me", json={"notifications": {"muted": ["slot-opened"]}})
    (muted,) = (await app.get("/me/slot-alerts")).json()["slotAlerts"]
    assert muted["muted"] is True
    assert (await app.delete(path)).json() == {"slotAlerts": []}
    missing = await app.delete(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


async def test_the_member_is_told_in_discord(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(editor.set_weekly, oliver, "")
    maya = await community.member("Maya")
    await api.client_of(maya).put(f"/mentors/{oliver.user_id}/slot-alert")
    await community.db.run(editor.set_weekly, oliver, "daily 12-13")
    await community.db.run(dispatch.tell_due)
    (row,) = await community.notifications(NotificationKind.SLOT_OPENED)
    assert row.user_id == maya.user_id


async def test_open_slots_are_named_in_place_of_an_alert(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(editor.set_weekly, oliver, "sat 12:00-13:00")
    maya = await community.member("Maya")
    app, path = api.client_of(maya), f"/mentors/{oliver.user_id}/slot-alert"
    refused = await app.put(path)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "slots-open")
    assert problem["nearestSlots"][0] == "2026-03-07T12:00:00Z"
    assert problem["duration"] == 60
    assert problem["detail"].startswith("Oliver has a slot that suits the member already.")
    assert (await app.get("/me/slot-alerts")).json() == {"slotAlerts": []}
    assert (await app.put(path, json={"weekdays": ["Monday"]})).status_code == 200


async def test_who_cannot_wait_for_a_slot(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(editor.set_weekly, oliver, "")
    path = f"/mentors/{oliver.user_id}/slot-alert"
    own = await api.client_of(oliver).put(path)
    assert (own.status_code, own.json()["code"]) == (422, "own-slots")
    unplaced = api.client_of(await community.member("Unplaced", zone=None))
    nowhere = await unplaced.put(path, json={"weekdays": ["Monday"]})
    assert (nowhere.status_code, nowhere.json()["code"]) == (409, "timezone-needed")
    app = api.client_of(await community.member("Maya"))
    for body in ({"weekdays": ["Caturday"]}, {"partOfDay": "night"}, {"weekdays": ["Monday"] * 8}):
        assert (await app.put(path, json=body)).status_code == 422
    await community.configure(limit_slot_alerts=1)
    assert (await app.put(path)).status_code == 200
    other = await community.mentor("Other")
    await community.db.run(editor.set_weekly, other, "")
    limited = await app.put(f"/mentors/{other.user_id}/slot-alert")
    assert (limited.status_code, limited.json()["code"]) == (409, "limit-reached")
    assert limited.json()["limit"] == "slot-alerts"
