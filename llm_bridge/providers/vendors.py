"""One function per vendor that makes its LangChain chat model, and what it raises.

Retries are ours (:mod:`llm_bridge.providers.calling`), so that they are bounded and logged the same
way for all; the clients' own are turned off. A new vendor is one function and one line at the end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from graph.errors import ConfigError
from graph.extras import needs
from llm_bridge.providers.spec import ProviderSpec

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

__all__ = ["Capture", "Failures", "chat_model", "failures"]

Capture = Callable[[str, str, Mapping[str, str], bytes], None]
"""Told of an HTTP request that would have been sent: method, address, headers, body."""


def _secret(spec: ProviderSpec, variable: str) -> SecretStr:
    """The secret: of the settings, else of the environment; a server of one's own needs none."""
    if spec.key is not None:
        return spec.key
    if found := os.environ.get(variable):
        return SecretStr(found)
    if spec.local:
        return SecretStr("none")
    raise ConfigError(
        f"{spec.name} needs a key",
        hint=f"Set {variable}, or provider_key in the settings; etiograph stores it nowhere.",
    )


def _http(client: type[Any]) -> Any:
    """The HTTP library below a vendor's client: httpx, or the one that took its place."""
    base = next(c for c in client.__mro__ if c.__name__ == "Client")
    return sys.modules[base.__module__.partition(".")[0]]


def _catching(http: Any, capture: Capture) -> Any:
    """A transport that hands over the request, opens no connection and refuses."""

    def handle(request: Any) -> Any:
        capture(request.method, str(request.url), request.headers, request.read())
        return http.Response(400, json={"error": {"message": "dry run", "type": "dry_run"}})

    return http.MockTransport(handle)


def _client(vendor: Any, capture: Capture | None) -> Any:
    if capture is None:
        return None
    made = vendor.DefaultHttpxClient
    return made(transport=_catching(_http(made), capture))


def _openai_options(spec: ProviderSpec, variable: str, capture: Capture | None) -> dict[str, Any]:
    import openai

    return {
        "api_key": _secret(spec, variable),
        "timeout": spec.timeout,
        "max_retries": 0,
        "temperature": 0,
        "use_responses_api": False,
        "http_client": _client(openai, capture),
    }


def _openai(spec: ProviderSpec, capture: Capture | None) -> BaseChatModel:
    with needs("OpenAI or Azure", "llm"):
        from langchain_openai import ChatOpenAI
    return ChatOpenAI(
        model=spec.model,
        base_url=spec.base_url,
        max_completion_tokens=spec.max_tokens,
        **_openai_options(spec, "OPENAI_API_KEY", capture),
    )


def _azure(spec: ProviderSpec, capture: Capture | None) -> BaseChatModel:
    with needs("OpenAI or Azure", "llm"):
        from langchain_openai import AzureChatOpenAI
    if spec.base_url is None:
        raise ConfigError(
            "azure needs the address of your resource",
            hint="--provider-url https://NAME.openai.azure.com",
        )
    return AzureChatOpenAI(
        azure_deployment=spec.model,
        azure_endpoint=spec.base_url,
        api_version=os.environ.get("OPENAI_API_VERSION", "2024-10-21"),
        max_tokens=spec.max_tokens,
        **_openai_options(spec, "AZURE_OPENAI_API_KEY", capture),
    )


def _anthropic(spec: ProviderSpec, capture: Capture | None) -> BaseChatModel:
    with needs("Anthropic", "llm"):
        from langchain_anthropic import ChatAnthropic
    options: dict[str, Any] = {"base_url": spec.base_url} if spec.base_url else {}
    model = ChatAnthropic(
        model_name=spec.model,
        api_key=_secret(spec, "ANTHROPIC_API_KEY"),
        timeout=spec.timeout,
        max_retries=0,
        max_tokens_to_sample=spec.max_tokens,
        stop=None,
        **options,
    )
    if capture is not None:
        import anthropic

        # the class has no place for a transport; its client is a cached property, filled here
        model.__dict__["_client"] = anthropic.Client(
            api_key=_secret(spec, "ANTHROPIC_API_KEY").get_secret_value(),
            base_url=spec.base_url,
            max_retries=0,
            timeout=spec.timeout,
            http_client=_client(anthropic, capture),
        )
    return model


def _ollama(spec: ProviderSpec, capture: Capture | None) -> BaseChatModel:
    with needs("Ollama", "llm"):
        from langchain_ollama import ChatOllama
    options: dict[str, Any] = {"timeout": spec.timeout}
    if capture is not None:
        import httpx

        options["transport"] = _catching(httpx, capture)
    return ChatOllama(
        model=spec.model,
        base_url=spec.base_url or os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434",
        num_predict=spec.max_tokens,
        temperature=0,
        client_kwargs=options,
    )


def _bedrock(spec: ProviderSpec, capture: Capture | None) -> BaseChatModel:
    with needs("Bedrock", "bedrock"):
        from langchain_aws import ChatBedrockConverse
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    options: dict[str, Any] = {"endpoint_url": spec.base_url} if spec.base_url else {}
    if capture is not None:  # what is shown holds no key, so that a dry run needs none
        options |= {
            "aws_access_key_id": SecretStr("none"),
            "aws_secret_access_key": SecretStr("none"),
        }
    try:
        model: BaseChatModel = ChatBedrockConverse(
            model=spec.model,
            max_tokens=spec.max_tokens,
            temperature=0,
            config=Config(read_timeout=spec.timeout, retries={"total_max_attempts": 1}),
            **options,
        )
    except (BotoCoreError, ValueError):
        raise ConfigError(
            f"{spec.name} cannot be set up",
            hint="Set AWS_REGION and your AWS credentials (for instance AWS_PROFILE).",
        ) from None
    if capture is not None:
        _intercept(model, capture)
    return model


def _intercept(model: Any, capture: Capture) -> None:
    """Have a Bedrock client hand its requests over instead of sending them."""
    from botocore.awsrequest import AWSResponse

    def handle(request: Any, **_: Any) -> Any:
        headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        capture(request.method, request.url, headers, request.body or b"")
        return AWSResponse(request.url, 400, {}, _Empty())

    model.client.meta.events.register("before-send.bedrock-runtime", handle)


class _Empty:
    """A body with nothing in it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Return no piece."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Failures:
    """How a vendor's client fails: ``passing`` is worth another try, ``lasting`` is not."""

    passing: tuple[type[Exception], ...]
    lasting: tuple[type[Exception], ...]


def _openai_failures() -> Failures:
    import openai

    passing = (openai.APITimeoutError, openai.APIConnectionError, openai.RateLimitError)
    return Failures((*passing, openai.InternalServerError), (openai.OpenAIError,))


def _anthropic_failures() -> Failures:
    import anthropic

    passing = (anthropic.APITimeoutError, anthropic.APIConnectionError, anthropic.RateLimitError)
    return Failures((*passing, anthropic.InternalServerError), (anthropic.AnthropicError,))


def _ollama_failures() -> Failures:
    import ollama

    return Failures((), (ollama.ResponseError,))


def _bedrock_failures() -> Failures:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    return Failures((HTTPClientError,), (BotoCoreError, ClientError))


_Builder = Callable[[ProviderSpec, Capture | None], "BaseChatModel"]
_REGISTRY: Mapping[str, tuple[_Builder, Callable[[], Failures]]] = {
    "anthropic": (_anthropic, _anthropic_failures),
    "azure": (_azure, _openai_failures),
    "bedrock": (_bedrock, _bedrock_failures),
    "ollama": (_ollama, _ollama_failures),
    "openai": (_openai, _openai_failures),
}


def chat_model(spec: ProviderSpec, *, capture: Capture | None = None) -> BaseChatModel:
    """Make the LangChain chat model of a provider; nothing is sent yet.

    Args:
        capture: is handed every request; nothing is sent then (:func:`llm_bridge.providers.dry_run`).

    Raises:
        UsageError: if the provider's library is not installed, naming the extra.
        ConfigError: if a key or an address is missing.
    """
    with needs("a language model", "llm"):
        import langchain_core  # noqa: F401
    return _REGISTRY[spec.vendor][0](spec, capture)


def failures(spec: ProviderSpec) -> Failures:
    """Return what the provider's client raises, with what the HTTP clients below it raise."""
    own = _REGISTRY[spec.vendor][1]()
    below = [sys.modules[n].TransportError for n in ("httpx", "httpx2") if n in sys.modules]
    passing = (*own.passing, *below, ConnectionError, TimeoutError)
    return Failures(passing, own.lasting)
