"""What the stored answers of REST calls keep of a person whose data is erased."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.operations import erasure
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import IdempotencyKey
from tests.api.server import ApiServer, booking_body
from tests.api.test_points import service_client
from tests.mentorship.support import exports
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def load_answers(tx: Transaction) -> list[Any]:
    return list(await tx.connection.scalars(select(IdempotencyKey.answer)))


def naming(answers: list[Any], person: Actor) -> list[Any]:
    marks = (person.name, str(person.user_id))
    return [each for each in answers if any(mark in json.dumps(each) for mark in marks)]


async def test_stored_answers_of_others_no_longer_name_an_erased_person(
    community: Community, api: ApiServer
) -> None:
    db = community.db
    oliver = await community.mentor("Oliver Quux")
    maya = await community.member("Maya", points=500)
    met = await community.session(SessionStatus.COMPLETED, maya, oliver)
    client = api.client_of(maya, **{"Idempotency-Key": "rating"})
    rating = {"rating": 5, "review": "A gem."}
    assert (await client.post(f"/session/{met.id}/rate", json=rating)).status_code == 201
    later = (TUESDAY_NOON + hours(48)).isoformat()
    client = api.client_of(maya, **{"Idempotency-Key": "booking"})
    booked = await client.post("/book", json=booking_body(oliver.user_id, scheduledAt=later))
    assert booked.status_code == 201
    service = service_client(api, **{"Idempotency-Key": "grant"})
    grant = {"kind": "grant", "userId": str(oliver.user_id), "amount": 5, "reason": "Thanks"}
    assert (await service.post("/points/transfers", json=grant)).status_code == 201
    assert len(naming(await db.read(load_answers), oliver)) == 3

    await db.run(erasure.erase, oliver)
    answers = await db.read(load_answers)
    assert len(answers) == 3, "the keys stay, so that nothing is done twice"
    assert naming(answers, oliver) == []
    again = await client.post("/book", json=booking_body(oliver.user_id, scheduledAt=later))
    assert again.json()["code"] != "internal-error"
    assert (await community.reload(met)).status is SessionStatus.COMPLETED


async def test_the_answer_to_a_reply_loses_the_review_of_an_erased_mentee(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    met = await community.session(SessionStatus.COMPLETED, maya, oliver)
    rating = {"rating": 5, "review": "Explains loops, says Maya."}
    await api.client_of(maya).post(f"/session/{met.id}/rate", json=rating)
    client = api.client_of(oliver, **{"Idempotency-Key": "reply"})
    replied = await client.post(f"/session/{met.id}/reply", json={"reply": "Thank you!"})
    assert replied.status_code == 201
    assert naming(await community.db.read(load_answers), maya)
    await community.db.run(erasure.erase, maya)
    assert naming(await community.db.read(load_answers), maya) == []


async def test_an_export_leaves_out_what_stored_answers_say_of_others(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver Quux")
    maya = await community.member("Maya", points=500)
    client = api.client_of(maya, **{"Idempotency-Key": "booking"})
    assert (await client.post("/book", json=booking_body(oliver.user_id))).status_code == 201
    exported = await exports.export(community.db, maya)
    (key,) = exported["idempotency_keys"]
    assert key["key"].startswith("booking") or "booking" in key["key"]
    assert naming([exported], oliver) == []
