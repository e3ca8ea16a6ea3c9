"""The clients, each driven by its own public methods.

A module has a class `Sync`, a class `Async`, or both. `events(instruction)` opens a stream and
gives an iterator over its decoded events, the client's own where it has one; `status()` asks
for a task and decodes the answer; `close()` ends it.
"""
