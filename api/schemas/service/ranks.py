"""The ranks of many people, set at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from api.schemas.base import (
    ID_SCHEMA,
    Id,
    RequestModel,
    ResponseModel,
    Text,
    with_examples,
)
from mentorship.main_app import ranks as domain
from mentorship.main_app.identity import MAX_RANK
from mentorship.main_app.ranks import MAX_RANK_ENTRIES


class _RankEntry(BaseModel):
    """A person's rank in the main app. Not a model of the document, which has it in the list."""

    model_config = RequestModel.model_config

    user_id: Id
    rank: Annotated[int, Field(ge=0, le=MAX_RANK)]
    name: Annotated[Text, Field(min_length=1, max_length=100)] | None = None


class RanksRequest(RequestModel):
    """The ranks of many people. An entry that is invalid doesn't keep the others from being
    written."""

    model_config = with_examples(
        {"ranks": [{"userId": "180235712340164609", "rank": 3, "name": "Maya"}]}
    )

    ranks: Annotated[
        list[Any],
        Field(min_length=1, max_length=MAX_RANK_ENTRIES),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_RANK_ENTRIES,
                "items": {
                    "type": "object",
                    "description": "A person's rank in your app. Name everyone once.",
                    "required": ["userId", "rank"],
                    "additionalProperties": False,
                    "properties": {
                        "userId": ID_SCHEMA,
                        "rank": {"type": "integer", "minimum": 0, "maximum": MAX_RANK},
                        "name": {
                            "type": ["string", "null"],
                            "minLength": 1,
                            "maxLength": 100,
                            "description": "Shown until the bot knows the person's name in "
                            "Discord.",
                        },
                    },
                },
            }
        ),
    ]

    def valid_entries(self) -> tuple[dict[int, domain.RankEntry], dict[int, str]]:
        """Return the valid entries, and what is wrong with the others, by their places."""
        entries: dict[int, domain.RankEntry] = {}
        problems: dict[int, str] = {}
        named: set[int] = set()
        for place, value in enumerate(self.ranks):
            try:
                entry = _RankEntry.model_validate(value)
            except ValidationError as error:
                first = error.errors()[0]
                path = "/".join(str(part) for part in first["loc"])
                problems[place] = f"{path}: {first['msg']}" if path else first["msg"]
                continue
            if entry.user_id in named:
                problems[place] = "userId: an earlier entry names this person"
                continue
            named.add(entry.user_id)
            entries[place] = domain.RankEntry(entry.user_id, entry.rank, entry.name)
        return entries, problems


class RankResult(ResponseModel):
    """What became of one entry."""

    outcome: Literal["set", "unchanged", "not-a-member", "invalid"] = Field(
        description="`not-a-member`: the person has left the server."
    )
    detail: str | None = Field(description="With `invalid`: what is wrong.")


class RankResults(ResponseModel):
    """What became of the entries, in their order."""

    model_config = with_examples(
        {"results": [{"outcome": "set", "detail": None}], "written": 1, "refused": 0}
    )

    results: list[RankResult]
    written: int = Field(description="How many were set.")
    refused: int = Field(description="How many are invalid or of people who have left.")

    @classmethod
    def from_domain(
        cls, outcomes: Mapping[int, domain.RankOutcome], problems: Mapping[int, str]
    ) -> RankResults:
        """Create it from the outcomes of valid entries and the problems of others, by place."""
        results = [
            RankResult(outcome="invalid", detail=problems[place])
            if place in problems
            else RankResult(outcome=_OUTCOMES[outcomes[place]], detail=None)
            for place in range(len(outcomes) + len(problems))
        ]
        refused = sum(each.outcome in ("not-a-member", "invalid") for each in results)
        written = sum(each.outcome == "set" for each in results)
        return cls(results=results, written=written, refused=refused)


_OUTCOMES: Mapping[domain.RankOutcome, Literal["set", "unchanged", "not-a-member"]] = {
    domain.RankOutcome.SET: "set",
    domain.RankOutcome.UNCHANGED: "unchanged",
    domain.RankOutcome.NOT_A_MEMBER: "not-a-member",
}
