"""The slash commands, one cog an area. The cards and menus that they show are in `bot.views`."""

from bot.cogs.blocks import Blocks
from bot.cogs.booking import Booking
from bot.cogs.calendar import Calendar
from bot.cogs.discord_events import DiscordEvents
from bot.cogs.groups import Groups
from bot.cogs.guilds import Guilds
from bot.cogs.help import Help
from bot.cogs.insights import Insights
from bot.cogs.language import Language
from bot.cogs.mentor import Mentor
from bot.cogs.moderation import Moderation
from bot.cogs.notifications import Notifications
from bot.cogs.offers import Offers
from bot.cogs.operator import Operator
from bot.cogs.points import Points
from bot.cogs.privacy import Privacy
from bot.cogs.sessions import Sessions
from bot.cogs.setup import Setup
from bot.cogs.timezone import Timezone

COGS = (
    Blocks,
    Booking,
    Calendar,
    DiscordEvents,
    Groups,
    Guilds,
    Help,
    Insights,
    Language,
    Mentor,
    Moderation,
    Notifications,
    Offers,
    Operator,
    Points,
    Privacy,
    Sessions,
    Setup,
    Timezone,
)
