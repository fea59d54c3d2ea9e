using System.Net;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// What DNS lists say in a session: of the client's address, of its name in HELO, and of the domain of the present sender. Each is asked
/// for once. Used by the session's loop alone.
/// </summary>
/// <param name="lists">The lists.</param>
internal sealed class ListingFacts(DnsListSet lists)
{
    private Task<IReadOnlyList<Listing>>? _address;
    private (string Domain, Task<IReadOnlyList<Listing>>? Found) _hello = ("", null);
    private (string Domain, Task<IReadOnlyList<Listing>>? Found) _sender = ("", null);

    /// <summary>Begins to ask the lists of addresses.</summary>
    public void Begin(IPAddress client)
    {
        // On another thread: the session's machine does no I/O.
        if (lists.Has(DnsListKind.Address)) _address ??= Task.Run(() => lists.FindAsync(client));
    }

    /// <summary>Begins to ask about the client, its name in HELO and the sender, as far as they were not asked about.</summary>
    /// <param name="client">The address of the client.</param>
    /// <param name="hello">The name in HELO.</param>
    /// <param name="sender">The domain of the sender; empty for none.</param>
    public void Begin(IPAddress client, string hello, string sender)
    {
        Begin(client);
        Begin(DnsListKind.Helo, hello, ref _hello);
        Begin(DnsListKind.Sender, sender, ref _sender);
    }

    /// <summary>Whether all answers about a name in HELO and a sender are there.</summary>
    public bool IsComplete(string hello, string sender) =>
        IsDone(DnsListKind.Address, _address) && (!lists.Has(DnsListKind.Helo) || _hello.Domain == hello)
        && (!lists.Has(DnsListKind.Sender) || _sender.Domain == sender) && Asked.All(task => task.IsCompletedSuccessfully);

    /// <summary>Waits for all answers.</summary>
    public Task WaitAsync(CancellationToken cancellation) => Task.WhenAll(Asked).WaitAsync(cancellation);

    /// <summary>The listings that are known by now, of the client and of the present name in HELO and sender.</summary>
    /// <param name="hello">The name in HELO.</param>
    /// <param name="sender">The domain of the sender; empty for none.</param>
    public IEnumerable<Listing> Known(string hello, string sender) =>
        new[] { _address, _hello.Domain == hello ? _hello.Found : null, _sender.Domain == sender ? _sender.Found : null }
            .SelectMany(task => task is { IsCompletedSuccessfully: true } ? task.Result : []);

    private IEnumerable<Task<IReadOnlyList<Listing>>> Asked =>
        new[] { _address, _hello.Found, _sender.Found }.OfType<Task<IReadOnlyList<Listing>>>();

    private void Begin(DnsListKind kind, string domain, ref (string Domain, Task<IReadOnlyList<Listing>>? Found) asked)
    {
        if (!lists.Has(kind) || asked.Domain == domain) return;
        asked = (domain, domain.Length == 0 ? null : lists.FindAsync(kind, domain));
    }

    private bool IsDone(DnsListKind kind, Task? task) => task is null ? !lists.Has(kind) : task.IsCompleted;
}
