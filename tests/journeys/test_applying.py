"""Applying to mentor, and the moderators' decision, when not all goes straight."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.people import BIO, apply, mentor
from tests.journeys.world import World, labels, words


async def test_a_mistake_in_the_form_loses_nothing(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    answer = await apply(town, oliver, rate="fifty")
    assert "The hourly rate must be a whole number of points" in words(answer.response)

    form = await oliver.click(answer.response, label="Correct it")
    filled = {
        field["component"]["custom_id"]: field["component"].get("value")
        for field in form.modal["components"]
    }
    assert filled == {"expertise": "Python, Code Review", "rate": "fifty", "bio": BIO}
    answer = await oliver.submit_modal(
        form, {"expertise": filled["expertise"], "rate": "50", "bio": filled["bio"]}
    )
    assert "Your application is with the moderators" in words(answer.response)


async def test_one_application_at_a_time(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    await apply(town, oliver)
    answer = await oliver.slash(town.square, "mentor apply")
    assert "already with the moderators" in words(answer.response)
    hours = await oliver.slash(town.square, "mentor hours", hours="daily 9-17")
    assert "still with the moderators" in words(hours.response)


async def test_a_rejection_says_why_and_when_to_come_again(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()

    form = await priya.click(town.review.last_message, label="Reject")
    await priya.submit_modal(form, {"reason": "Tell us more about *what* you have built."})
    card = town.review.last_message
    assert f"Rejected by <@{priya.id}>" in words(card)
    assert labels(card) == []

    await town.deliver()
    assert r"Tell us more about \*what\* you have built." in words(town.last_dm(oliver))
    again = await oliver.slash(town.square, "mentor apply")
    assert "You can apply again <t:" in words(again.response)
    await town.env.advance_time(timedelta(days=7).total_seconds())
    assert (await oliver.slash(town.square, "mentor apply")).modal is not None


async def test_the_second_moderator_hears_who_decided(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya, quentin = await town.moderator("Priya"), await town.moderator("Quentin")
    await apply(town, oliver)
    await town.deliver()
    card = town.review.last_message
    # Both have the form and the buttons before them; Priya is the first to press.
    form = await quentin.click(card, label="Reject")
    await priya.click(card, label="Approve")
    answer = await quentin.submit_modal(form, {"reason": "Too short."})
    told = [*answer.followups, answer.response]
    assert any(f"already approved by <@{priya.id}>" in words(message) for message in told)
    assert f"Approved by <@{priya.id}>" in words(town.review.last_message)


async def test_a_stranger_cannot_decide(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    stranger = await town.person("Stranger")
    await apply(town, oliver)
    await town.deliver()
    for label in ("Approve", "Reject"):
        answer = await stranger.click(town.review.last_message, label=label)
        assert answer.ephemeral
        assert "Only this server's moderators can do that" in words(answer.response)
    assert "wants to mentor" in words(town.review.last_message)


async def test_the_decision_stands_when_the_role_cannot_be_given(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    card = town.review.last_message
    town.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await priya.click(card, label="Approve")
    await town.deliver()
    assert "I couldn't give them" in words(town.review.last_message)
    assert "Manage Roles" in words(town.review.last_message)
    assert "Welcome among the mentors" in words(town.last_dm(oliver))


async def test_hours_that_cannot_be_read_point_at_the_part(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="mon 9-17")
    answer = await oliver.slash(town.square, "mentor hours", hours="mon 9-17; someday 10-12")
    assert "I couldn't read `someday" in words(answer.response)
    assert "mon-fri 18:00-21:30; sat 10-14" in words(answer.response)
    kept = await oliver.slash(town.square, "mentor hours")
    assert "**Monday** 09:00–17:00" in words(kept.response), "what was set before stays"


async def test_nobody_can_apply_before_a_review_channel_is_chosen(town: World) -> None:
    other = town.env.create_guild("Elsewhere")
    lobby = other.create_text_channel("lobby")
    newcomer = other.add_member(town.env.create_user("Newcomer"))
    answer = await newcomer.slash(lobby, "mentor apply")
    assert "This server has no channel where moderators review applications yet" in words(
        answer.response
    )
