using System.Collections.Concurrent;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Recipients;

/// <summary>
/// Asks the next hosts of recipients, and keeps the answers. Questions at a time about one recipient of a stream are one question.
/// Thread-safe; outlives reloads.
/// </summary>
/// <param name="host">Asks the hosts.</param>
/// <param name="cache">The answers.</param>
internal sealed class Callout(IRecipientCallout host, CalloutCache cache) : ICallout
{
    private readonly ConcurrentDictionary<string, Lazy<Task<CalloutAnswer>>> _asked = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public CalloutAnswer? Find(Mailbox recipient) => cache.Find(recipient);

    /// <inheritdoc/>
    public Task<CalloutAnswer> AskAsync(Mailbox recipient, string stream, CancellationToken cancellationToken)
    {
        // No name of a stream has a space.
        var key = $"{stream} {AddressKey.Of(recipient)}";
        return _asked.GetOrAdd(key, _ => new Lazy<Task<CalloutAnswer>>(() => RunAsync(key, recipient, stream)))
            .Value.WaitAsync(cancellationToken);
    }

    private async Task<CalloutAnswer> RunAsync(string key, Mailbox recipient, string stream)
    {
        // The entry is made before it is removed.
        await Task.Yield();
        try
        {
            var answer = await host.AskAsync(recipient, stream, CancellationToken.None);
            cache.Add(recipient, answer);
            return answer;
        }
        finally
        {
            _asked.TryRemove(key, out _);
        }
    }
}
