using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Keeps what was offered, call by call.</summary>
internal sealed class RecordingHandOff : IHandOff
{
    private readonly ConcurrentQueue<HandOffPart[]> _offers = new();

    public IReadOnlyList<HandOffPart[]> Offers => [.. _offers];

    public void Offer(ReadOnlySpan<HandOffPart> parts) => _offers.Enqueue(parts.ToArray());
}
