using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Fakes;

/// <summary>A suppression list for tests of its callers: addresses with reasons. Records the questions and the counted failures.</summary>
public sealed class FakeSuppression : ISuppression
{
    private readonly Lock _lock = new();

    /// <summary>The reasons of the addresses on the list.</summary>
    public Dictionary<string, string> Entries { get; } = [];

    /// <summary>The class whose failures are counted.</summary>
    public string Counted { get; set; } = "unknown-user";

    /// <summary>Thrown by all methods that wait; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The mail of the questions.</summary>
    public List<SuppressedMail> Asked { get; } = [];

    /// <summary>The counted failures: mail, message, recipient, class.</summary>
    public List<(SuppressedMail Mail, MessageId Message, string Recipient, string Class)> Failures { get; } = [];

    /// <inheritdoc/>
    public bool IsOn { get; set; } = true;

    /// <inheritdoc/>
    public bool RefusesRecipients => IsOn;

    /// <inheritdoc/>
    public bool MayConcern(SuppressedMail mail, Mailbox recipient) => IsOn && Entries.ContainsKey(recipient.Address);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SuppressedRecipient>> FindAsync(
        SuppressedMail mail, IReadOnlyList<Mailbox> recipients, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Fault is { } fault) throw fault;
        lock (_lock)
        {
            Asked.Add(mail);
            return
            [
                .. Enumerable.Range(0, recipients.Count).Where(i => MayConcern(mail, recipients[i]))
                    .Select(i => new SuppressedRecipient(i, Entries[recipients[i].Address])),
            ];
        }
    }

    /// <inheritdoc/>
    public bool IsCounted(BounceClass failure) => IsOn && failure.Name == Counted;

    /// <inheritdoc/>
    public async ValueTask CountAsync(
        SuppressedMail mail, MessageId message, IReadOnlyList<CountedFailure> failures, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Fault is { } fault) throw fault;
        lock (_lock) Failures.AddRange(failures.Select(each => (mail, message, each.Recipient.Address, each.Class.Name)));
    }
}
