"""All buttons and menus that still work after a restart.

discord.py creates them again from the custom ids that Discord sends with each press.
"""

from __future__ import annotations

from bot.components.persistent import ReopenFormButton
from bot.notifications.undelivered import ShowMoreButton
from bot.views.availability.booking_rules import (
    CorrectRulesButton,
    DurationsMenu,
    FillGapsButton,
    InstantBookingButton,
    MeetingPlaceMenu,
    MinimumNoticeMenu,
    MoreRulesButton,
    OpenRulesButton,
    OwnLinkButton,
    SlotIntervalMenu,
)
from bot.views.availability.date_overrides import AddDatesButton, OpenDatesButton, RemoveDatesMenu
from bot.views.availability.navigation import BackToWeekButton
from bot.views.availability.travel import (
    AddTripButton,
    OpenTravelButton,
    RemoveTripMenu,
    TripZoneMenu,
)
from bot.views.availability.typed_week import (
    AddToWeekButton,
    DismissWeekButton,
    ReplaceWeekButton,
    TypeHoursButton,
    UndoWeekButton,
)
from bot.views.availability.weekday import (
    CopyDayMenu,
    EndTimeMenu,
    RemoveHoursMenu,
    StartTimeMenu,
    WeekdayMenu,
)
from bot.views.booking.booked import ViewSessionButton
from bot.views.booking.confirmation import ConfirmBookingButton
from bot.views.booking.items import (
    BookAgainButton,
    ChoiceMenu,
    DismissBookingButton,
    RepeatButton,
    StepButton,
    TopicButton,
)
from bot.views.calendar.accounts import ChooseCalendarMenu, ConnectAccountButton
from bot.views.calendar.addresses import AddAddressButton
from bot.views.calendar.external import (
    CheckCalendarButton,
    ConfirmRemovalButton,
    EditCalendarButton,
    RemoveCalendarButton,
    RenameCalendarButton,
    SwitchBlockingButton,
    SwitchReceivingButton,
)
from bot.views.calendar.feed import (
    ConfirmRenewalButton,
    ConfirmTurningOffButton,
    CreateFeedButton,
    RenewFeedButton,
    TurnOffFeedButton,
)
from bot.views.calendar.navigation import OpenCalendarsButton
from bot.views.groups.attendance import (
    ConfirmNoShowsButton,
    DismissNoShowsButton,
    NoShowMenu,
)
from bot.views.groups.calling_off import (
    CancelGroupButton,
    CancelGroupWithReasonButton,
    ConfirmCancelGroupButton,
)
from bot.views.groups.event_questions import (
    RenameGroupButton,
    RestoreEventButton,
    RetryEventButton,
)
from bot.views.groups.items import DetailsButton, DismissButton, LeaveButton
from bot.views.groups.joining import (
    JoinButton,
    JoinWaitlistButton,
    TakeSeatButton,
    WaitButton,
)
from bot.views.groups.keeping import KeepSeatButton
from bot.views.groups.leaving import LeaveWaitlistButton
from bot.views.groups.listing import DatesMenu, DetailsMenu, UpcomingPageButton
from bot.views.groups.managing import (
    AnnounceMenu,
    EditFollowingButton,
    EditGroupButton,
    RemoveAttendeeMenu,
    SignUpButton,
)
from bot.views.groups.moving import ConfirmMoveButton, MoveGroupButton
from bot.views.groups.options import (
    EditMinimumButton,
    GroupChannelMenu,
    GroupOptionsButton,
    GroupPlaceMenu,
    GroupRolesMenu,
)
from bot.views.groups.preview import (
    CreateButton,
    EditTextButton,
    EventButton,
    OptionsButton,
    StartButton,
)
from bot.views.groups.preview_menus import (
    ChannelMenu,
    JoinRolesMenu,
    LengthMenu,
    PlaceMenu,
    RecurrenceMenu,
)
from bot.views.groups.repeating import (
    CancelFollowingButton,
    ConfirmCancelFollowingButton,
    StopRepeatingButton,
)
from bot.views.insights.card import DownloadTableButton
from bot.views.insights.position import InsightsButton
from bot.views.lateness.buttons import (
    DelayButton,
    DismissDelayButton,
    GroupDelayButton,
    GroupRunningLateButton,
    RunningLateButton,
)
from bot.views.members.blocks import (
    BlockRequesterButton,
    ConfirmBlockButton,
    DismissBlockButton,
)
from bot.views.members.notification_settings import (
    GuildRemindersButton,
    NotificationKindsMenu,
    RemindersMenu,
)
from bot.views.members.points import (
    DismissGiftButton,
    GivePointsButton,
    NewerTransfersButton,
    OlderTransfersButton,
)
from bot.views.members.privacy import DismissErasureButton, EraseButton
from bot.views.members.quiet_hours import CorrectQuietHoursButton, QuietHoursMenu
from bot.views.members.timezone import MentorHoursButton, TypeZoneButton, ZoneMenu
from bot.views.mentors.activity import PauseMentoringButton, ResumeButton, StillActiveButton
from bot.views.mentors.application import (
    EditApplicationButton,
    ResubmitButton,
    WithdrawApplicationButton,
)
from bot.views.mentors.profile import BookMentorButton
from bot.views.mentors.questions import (
    AddQuestionButton,
    EditQuestionButton,
    MoveQuestionUpButton,
    PreviewQuestionsButton,
    RemoveQuestionButton,
    ShowQuestionsButton,
)
from bot.views.mentors.return_card import ResumeMentoringButton
from bot.views.mentorships.ending import (
    ConfirmEndButton,
    KeepMentorshipButton,
    ResumeMentorshipButton,
)
from bot.views.mentorships.goal_card import (
    ConfirmDeletionButton,
    DeleteGoalButton,
    DropGoalButton,
    EditGoalButton,
    KeepGoalButton,
    ProgressButton,
    ReachGoalButton,
    ReopenGoalButton,
)
from bot.views.mentorships.items import (
    AddGoalButton,
    EndMentorshipButton,
    OpenGoalButton,
    OpenMentorshipButton,
    TimelinePageButton,
)
from bot.views.mentorships.page import TimelineSessionMenu
from bot.views.mentorships.question import DismissQuestionButton
from bot.views.moderation.adjustments import ConfirmAdjustmentButton, DismissAdjustmentButton
from bot.views.moderation.audit_log import OlderEntriesButton
from bot.views.moderation.dispute import ResolveDisputeButton
from bot.views.moderation.grant_request import DecideGrantButton, OpenGrantMenu
from bot.views.moderation.queue import OpenApplicationMenu, OpenDisputeMenu, QueuePageButton
from bot.views.moderation.review_card import ApproveButton, RejectButton, RequestChangesButton
from bot.views.moderation.suspension import ConfirmSuspensionButton, DismissSuspensionButton
from bot.views.notes.card import NotesButton
from bot.views.notes.group_links import (
    AddGroupLinkButton,
    GroupLinksButton,
    RemoveGroupLinkMenu,
)
from bot.views.notes.items import (
    AddLinkButton,
    AddStepButton,
    BackToSessionButton,
    ChangeMenu,
    CompleteStepButton,
    EditPrivateNoteButton,
    EditSharedNoteButton,
    ReopenStepButton,
)
from bot.views.offers.asking import (
    AskForHelpButton,
    DismissHelpRequestButton,
    SendHelpRequestButton,
    WithdrawHelpRequestButton,
)
from bot.views.offers.channel_card import OfferFromChannelButton
from bot.views.offers.invitation_buttons import (
    AcceptInvitationButton,
    DeclineInvitationButton,
    WithdrawInvitationButton,
)
from bot.views.offers.invitation_list import InvitationsPageButton, OpenInvitationMenu
from bot.views.offers.invitation_preview import (
    DismissInvitationButton,
    EditInvitationButton,
    PickInvitationSlotButton,
    SendInvitationButton,
)
from bot.views.offers.request_card import OfferTimeButton, PassOnButton
from bot.views.recognition.leaderboard import HideButton, LeaderboardButton
from bot.views.recognition.thanks import (
    ConfirmThanksButton,
    DismissThanksButton,
    SayThanksButton,
)
from bot.views.search.items import (
    AllMentorsButton,
    BookSearchResultButton,
    ResultsPageButton,
    SortMenu,
)
from bot.views.series.answers import ConfirmSeriesButton, DeclineSeriesButton
from bot.views.series.cancellation import (
    CancelSeriesWithReasonButton,
    ConfirmSeriesCancellationButton,
    KeepSeriesButton,
)
from bot.views.series.card import OpenSeriesSessionMenu
from bot.views.series.items import CancelSeriesButton, ViewSeriesButton
from bot.views.series.planning import (
    BookSeriesButton,
    ChangeDateMenu,
    ChooseDateMenu,
    RepeatMenu,
)
from bot.views.sessions.attendance import (
    ConfirmNoShowButton,
    DismissNoShowButton,
    ReportMetButton,
    ReportNoShowButton,
)
from bot.views.sessions.booking_requests import ConfirmSessionButton, DeclineSessionButton
from bot.views.sessions.calendar import CalendarFileButton, GroupCalendarButton
from bot.views.sessions.cancellation import (
    CancelSessionButton,
    CancelWithReasonButton,
    ConfirmCancellationButton,
    KeepSessionButton,
)
from bot.views.sessions.concession import (
    ConcedeButton,
    ConfirmConcessionButton,
    DismissConcessionButton,
)
from bot.views.sessions.entry_questions import KeepEntryButton
from bot.views.sessions.list_navigation import ListPageButton
from bot.views.sessions.proposals import (
    AcceptProposalButton,
    DeclineProposalButton,
    ProposeButton,
    WithdrawProposalButton,
)
from bot.views.sessions.rating import RateButton, ReplyButton, StarsButton, WriteReviewButton
from bot.views.sessions.reschedule import (
    DaysPageButton,
    DismissProposalButton,
    NearestSlotButton,
    ProposalDayMenu,
    ProposalTimeMenu,
    SendProposalButton,
    TimesPageButton,
)
from bot.views.sessions.session_actions import SetLinkButton
from bot.views.sessions.session_list import ListFilterMenu, OpenSessionMenu
from bot.views.sessions.time_form import TypeTimeButton
from bot.views.setup.channels import (
    ClearSettingButton,
    CreateResourceButton,
    SettingChannelMenu,
    SettingRoleMenu,
)
from bot.views.setup.forms import CorrectSettingsButton
from bot.views.setup.language import ServerLanguageMenu
from bot.views.setup.overview import SetupPageButton
from bot.views.setup.pages import OpenSetupButton, QuickSetupButton
from bot.views.setup.threshold_roles import RemoveThresholdButton, ThresholdRoleMenu
from bot.views.slot_alerts.items import (
    AlertDaysMenu,
    AlertPartMenu,
    AskForSlotButton,
    DismissAlertButton,
    EditAlertButton,
    OpenAlertMenu,
    OwnAlertsButton,
    RemoveAlertButton,
    SaveAlertButton,
)

PERSISTENT_ITEMS = (
    AddGroupLinkButton,
    GroupLinksButton,
    RemoveGroupLinkMenu,
    AddQuestionButton,
    EditQuestionButton,
    MoveQuestionUpButton,
    PreviewQuestionsButton,
    RemoveQuestionButton,
    ShowQuestionsButton,
    AddLinkButton,
    AddStepButton,
    BackToSessionButton,
    ChangeMenu,
    CompleteStepButton,
    EditPrivateNoteButton,
    EditSharedNoteButton,
    NotesButton,
    ReopenStepButton,
    OpenCalendarsButton,
    CreateFeedButton,
    RenewFeedButton,
    ConfirmRenewalButton,
    TurnOffFeedButton,
    ConfirmTurningOffButton,
    AddAddressButton,
    ConnectAccountButton,
    ChooseCalendarMenu,
    EditCalendarButton,
    CheckCalendarButton,
    RenameCalendarButton,
    SwitchBlockingButton,
    SwitchReceivingButton,
    RemoveCalendarButton,
    ConfirmRemovalButton,
    AskForHelpButton,
    DismissHelpRequestButton,
    SendHelpRequestButton,
    WithdrawHelpRequestButton,
    OfferFromChannelButton,
    OfferTimeButton,
    PassOnButton,
    AlertDaysMenu,
    AlertPartMenu,
    AskForSlotButton,
    DismissAlertButton,
    EditAlertButton,
    OpenAlertMenu,
    OwnAlertsButton,
    RemoveAlertButton,
    SaveAlertButton,
    AcceptInvitationButton,
    DeclineInvitationButton,
    WithdrawInvitationButton,
    SendInvitationButton,
    EditInvitationButton,
    PickInvitationSlotButton,
    DismissInvitationButton,
    OpenInvitationMenu,
    InvitationsPageButton,
    BlockRequesterButton,
    ConfirmBlockButton,
    DismissBlockButton,
    ShowMoreButton,
    ConfirmNoShowsButton,
    DismissNoShowsButton,
    NoShowMenu,
    DurationsMenu,
    CorrectRulesButton,
    FillGapsButton,
    InstantBookingButton,
    MeetingPlaceMenu,
    MinimumNoticeMenu,
    MoreRulesButton,
    OpenRulesButton,
    OwnLinkButton,
    SlotIntervalMenu,
    AddDatesButton,
    OpenDatesButton,
    RemoveDatesMenu,
    OpenTravelButton,
    AddTripButton,
    TripZoneMenu,
    RemoveTripMenu,
    BackToWeekButton,
    AddToWeekButton,
    DismissWeekButton,
    ReplaceWeekButton,
    TypeHoursButton,
    UndoWeekButton,
    CopyDayMenu,
    EndTimeMenu,
    RemoveHoursMenu,
    StartTimeMenu,
    WeekdayMenu,
    BookAgainButton,
    ChoiceMenu,
    ConfirmBookingButton,
    DismissBookingButton,
    RepeatButton,
    StepButton,
    TopicButton,
    ViewSessionButton,
    DetailsButton,
    DismissButton,
    JoinButton,
    JoinWaitlistButton,
    LeaveButton,
    KeepSeatButton,
    CancelFollowingButton,
    ConfirmCancelFollowingButton,
    StopRepeatingButton,
    CancelGroupButton,
    CancelGroupWithReasonButton,
    ConfirmCancelGroupButton,
    DatesMenu,
    EditMinimumButton,
    GroupChannelMenu,
    GroupOptionsButton,
    GroupPlaceMenu,
    GroupRolesMenu,
    AnnounceMenu,
    EditFollowingButton,
    EditGroupButton,
    RemoveAttendeeMenu,
    SignUpButton,
    ConfirmMoveButton,
    RenameGroupButton,
    KeepEntryButton,
    RestoreEventButton,
    RetryEventButton,
    MoveGroupButton,
    LeaveWaitlistButton,
    TakeSeatButton,
    WaitButton,
    DetailsMenu,
    UpcomingPageButton,
    ChannelMenu,
    CreateButton,
    EditTextButton,
    EventButton,
    JoinRolesMenu,
    LengthMenu,
    OptionsButton,
    PlaceMenu,
    RecurrenceMenu,
    StartButton,
    CorrectQuietHoursButton,
    GuildRemindersButton,
    NotificationKindsMenu,
    QuietHoursMenu,
    RemindersMenu,
    DismissGiftButton,
    GivePointsButton,
    NewerTransfersButton,
    OlderTransfersButton,
    DismissErasureButton,
    EraseButton,
    MentorHoursButton,
    TypeZoneButton,
    ZoneMenu,
    ReopenFormButton,
    EditApplicationButton,
    ResubmitButton,
    WithdrawApplicationButton,
    ResumeMentoringButton,
    BookMentorButton,
    ConfirmAdjustmentButton,
    DecideGrantButton,
    DismissAdjustmentButton,
    OpenGrantMenu,
    ResolveDisputeButton,
    OlderEntriesButton,
    OpenApplicationMenu,
    OpenDisputeMenu,
    QueuePageButton,
    ApproveButton,
    RejectButton,
    RequestChangesButton,
    ConfirmSuspensionButton,
    DismissSuspensionButton,
    AllMentorsButton,
    BookSearchResultButton,
    ResultsPageButton,
    SortMenu,
    DownloadTableButton,
    InsightsButton,
    RunningLateButton,
    DelayButton,
    DismissDelayButton,
    GroupRunningLateButton,
    GroupDelayButton,
    ConfirmSeriesButton,
    DeclineSeriesButton,
    CancelSeriesWithReasonButton,
    ConfirmSeriesCancellationButton,
    KeepSeriesButton,
    OpenSeriesSessionMenu,
    CancelSeriesButton,
    ViewSeriesButton,
    BookSeriesButton,
    ChangeDateMenu,
    ChooseDateMenu,
    RepeatMenu,
    ConfirmNoShowButton,
    DismissNoShowButton,
    PauseMentoringButton,
    ResumeButton,
    StillActiveButton,
    ConcedeButton,
    ConfirmConcessionButton,
    DismissConcessionButton,
    ReportMetButton,
    ReportNoShowButton,
    CalendarFileButton,
    GroupCalendarButton,
    LeaderboardButton,
    HideButton,
    ThresholdRoleMenu,
    RemoveThresholdButton,
    SayThanksButton,
    ConfirmThanksButton,
    DismissThanksButton,
    RateButton,
    ReplyButton,
    StarsButton,
    WriteReviewButton,
    AcceptProposalButton,
    DaysPageButton,
    DeclineProposalButton,
    DismissProposalButton,
    NearestSlotButton,
    ProposalDayMenu,
    ProposalTimeMenu,
    ProposeButton,
    SendProposalButton,
    TimesPageButton,
    TypeTimeButton,
    WithdrawProposalButton,
    CancelSessionButton,
    CancelWithReasonButton,
    ConfirmCancellationButton,
    ConfirmSessionButton,
    DeclineSessionButton,
    KeepSessionButton,
    ListFilterMenu,
    ListPageButton,
    OpenSessionMenu,
    SetLinkButton,
    ClearSettingButton,
    CreateResourceButton,
    SettingChannelMenu,
    SettingRoleMenu,
    CorrectSettingsButton,
    OpenSetupButton,
    QuickSetupButton,
    SetupPageButton,
    ServerLanguageMenu,
    OpenMentorshipButton,
    TimelinePageButton,
    TimelineSessionMenu,
    AddGoalButton,
    EndMentorshipButton,
    ConfirmEndButton,
    KeepMentorshipButton,
    ResumeMentorshipButton,
    OpenGoalButton,
    ProgressButton,
    EditGoalButton,
    ReachGoalButton,
    DropGoalButton,
    ReopenGoalButton,
    DeleteGoalButton,
    ConfirmDeletionButton,
    KeepGoalButton,
    DismissQuestionButton,
)
