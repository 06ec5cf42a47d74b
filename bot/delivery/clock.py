"""Time as the bot has it. A test hands in one that it moves itself, and no test of waiting waits."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager


class Clock:
    """What time it is, and waiting."""

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def pause(self, seconds: float) -> None:
        """Hold up this thread so long; only a start does."""
        time.sleep(seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """What is awaited inside ends with TimeoutError when it takes longer."""
        return asyncio.timeout(seconds)
