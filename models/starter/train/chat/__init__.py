"""Chat data from templates: conversations as lists of (role, text). Deterministic for a seed.

    generator = ChatGenerator(facts, intent_lines, seed, split='train' | 'eval')
    generator.conversation()    # [('system', ...)?, ('user', ...), ('assistant', ...), ...]
    generator.eval_item(skill)  # (skill, conversation, strings that the reply must contain, reference reply)

A skill is a method that returns (user, assistant, must_contain). Every list of phrasings keeps its last entry for
evaluation when it has four or more entries.
"""

from chat.arithmetic import Arithmetic
from chat.base import Base
from chat.conversations import Conversations
from chat.countries import Countries
from chat.country_details import CountryDetails
from chat.follow_ups import FollowUps
from chat.grounded import Grounded
from chat.questions import Questions
from chat.reference import Reference
from chat.small_talk import SmallTalk
from chat.stories import Stories
from chat.system_prompts import SystemPrompts
from chat.text_tasks import TextTasks
from chat.typing_style import TypingStyle
from chat.vocabulary import Vocabulary
from chat.word_problems import WordProblems

__all__ = ['ChatGenerator']


class ChatGenerator(
    SmallTalk,
    Vocabulary,
    Countries,
    CountryDetails,
    Reference,
    Arithmetic,
    WordProblems,
    TextTasks,
    Grounded,
    Stories,
    Questions,
    FollowUps,
    SystemPrompts,
    Conversations,
    TypingStyle,
    Base,
):
    """All skills together."""
