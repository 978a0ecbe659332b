"""The form for a link, to a session or to a group session."""

from __future__ import annotations

from bot.components.persistent import Form
from mentorship.relationships.texts import MAX_ADDRESS, MAX_LABEL
from wording.translation import _, pgettext


class LinkFields(Form):
    """The fields of a link: its address, and a name for it. `hint` says who can open it."""

    def __init__(self, hint: str, address: str, label: str) -> None:
        super().__init__(title=_("Add a link"))
        self.address = self.add_line(
            "address",
            pgettext("an address on the web", "Link"),
            hint,
            max_length=MAX_ADDRESS,
            default=address,
            placeholder="https://docs.example.com/plan",
        )
        self.label = self.add_line(
            "label",
            pgettext("of a link", "Name"),
            _("Leave it empty to use the website's name."),
            max_length=MAX_LABEL,
            default=label,
            required=False,
        )
