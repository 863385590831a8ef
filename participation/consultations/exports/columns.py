"""The columns that several exports share, each with its line of the data dictionary."""

from __future__ import annotations

from participation.consultations.exports.tables import Column
from participation.i18n import lazy as _

REFERENCE = Column(_("Reference"), _("How it is cited: C-231, 8.12, Q3-57. It never changes."))
REGISTERED = Column(_("Register number"), _("One series for everything that came in, whatever way."))
KIND = Column(_("Kind"), _("Comment, question, brief, idea or participation kit."))
STATE = Column(_("State"), _("Waits to be read, published, or not published. What its author took back is left out."))
RECEIVED = Column(_("Received"), _("Day on which it reached the office, not the day of its keying."))
CHANNEL = Column(_("How it came"), _("Online, on paper (counter or post), by telephone, in the room or by e-mail."))
PLACE = Column(_("Place"), _("The counter or activity where it was handed in, where there was one."))
EVENT = Column(_("Event"), _("The kiosk, walk or session, with its day; empty where it came another way."))
LANGUAGE = Column(_("Language"), _("In which it was written: fr, en, or another one."))
BOROUGH = Column(_("Borough"), _("As its author gave it; empty where they did not."))
THEME = Column(_("Theme"), _("Of the consultation, where one was chosen."))
ABOUT = Column(_("Speaks of"), _("Number of a document or code of a project; empty where it speaks of the whole."))
PEOPLE = Column(_("People"), _("How many speak: more than one for a kit, or for one text with many senders."))
LATE = Column(_("Late"), _("1 where it came after its stage had ended; it was kept all the same."))
TITLE = Column(_("Title"), _("As its author wrote it."))
TEXT = Column(_("Text"), _("Verbatim, newest version."))
GROUP = Column(_("Group"), _("Name of the group, where it spoke for one."))
QUESTION_NUMBER = Column(_("Question no."), _("Place of the question in the questionnaire, online and on paper."))
QUESTION = Column(_("Question"), _("As it was asked."))
