"""Lines of a text that hold a token or key. What it is stays in this process: only kind and line leave it."""

import re

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector

MAX_TEXT = 1024 * 1024  # bytes: longer texts are data, not notes or code
MAX_FINDINGS = 50


class HubTokenDetector(RegexBasedDetector):
    """Access tokens of this hub and of Hugging Face."""

    secret_type = "Hub access token"  # noqa: S105
    denylist = [re.compile(r"\bhf_[A-Za-z0-9]{34,}\b")]


# Those that know a form. Guessers by entropy or by words like "password" would point at half of a tokenizer.
_DETECTORS: tuple[BasePlugin, ...] = (
    HubTokenDetector(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    BasicAuthDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    JwtTokenDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PrivateKeyDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
)


def secret_lines(content: bytes) -> list[dict[str, str | int]]:
    """[{"kind", "line"}] of the first `MAX_FINDINGS`, lines counted from 1; empty where `content` is no text."""
    if b"\0" in content:
        return []
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return []
    found: list[dict[str, str | int]] = []
    for number, line in enumerate(lines, start=1):
        kinds = [detector.secret_type for detector in _DETECTORS if any(detector.analyze_string(line))]
        found += [{"kind": str(kind), "line": number} for kind in kinds]
        if len(found) >= MAX_FINDINGS:
            break
    return found[:MAX_FINDINGS]
