using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Recipients;

/// <summary>
/// The answers about recipients, for a limited time and number. Strangers choose the addresses, so answers of each kind are bounded by
/// themselves: unknown addresses drop no known ones. When a kind is full, its oldest answer is dropped. Thread-safe.
/// </summary>
/// <param name="knownFor">How long a recipient counts as known.</param>
/// <param name="unknownFor">How long a recipient counts as unknown.</param>
/// <param name="time">The clock.</param>
/// <param name="capacity">Most answers of each kind.</param>
internal sealed class CalloutCache(
    TimeSpan knownFor, TimeSpan unknownFor, TimeProvider time, int capacity = FrontendLimits.MaxRecipientAnswers)
{
    private readonly Lock _lock = new();
    private readonly Kind _known = new(knownFor, capacity);
    private readonly Kind _unknown = new(unknownFor, capacity);

    /// <summary>The answer about a recipient; null for none.</summary>
    public CalloutAnswer? Find(Mailbox recipient)
    {
        Span<char> key = stackalloc char[AddressKey.MaxLength];
        ReadOnlySpan<char> text = key[..AddressKey.Write(recipient, key, out _)];
        var now = time.GetTimestamp();
        lock (_lock)
        {
            return _known.Find(text, now, time) ?? _unknown.Find(text, now, time);
        }
    }

    /// <summary>Keeps an answer; one without a result is not kept.</summary>
    public void Add(Mailbox recipient, CalloutAnswer answer)
    {
        if (answer.Result == CalloutResult.Unknown) return;
        var key = AddressKey.Of(recipient);
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var (kind, other) = answer.Result == CalloutResult.Accepted ? (_known, _unknown) : (_unknown, _known);
            other.Remove(key);
            kind.Add(key, answer, now);
        }
    }

    private sealed class Kind(TimeSpan life, int capacity)
    {
        // In the order of the answers, with the answers that were replaced or removed since.
        private readonly Queue<(string Key, long At)> _order = new();
        private readonly Dictionary<string, (CalloutAnswer Answer, long At)> _answers = new(StringComparer.Ordinal);

        public CalloutAnswer? Find(ReadOnlySpan<char> key, long now, TimeProvider time) =>
            _answers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var found) && time.GetElapsedTime(found.At, now) < life
                ? found.Answer : null;

        public void Add(string key, CalloutAnswer answer, long now)
        {
            _answers[key] = (answer, now);
            _order.Enqueue((key, now));
            while (_order.Count > capacity)
            {
                var (oldest, at) = _order.Dequeue();
                if (_answers.TryGetValue(oldest, out var kept) && kept.At == at) _answers.Remove(oldest);
            }
        }

        public void Remove(string key) => _answers.Remove(key);
    }
}
