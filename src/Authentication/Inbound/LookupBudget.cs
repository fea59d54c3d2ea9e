using System.Net;
using System.Net.Sockets;
using Postfleet.Dns;

namespace Postfleet.Authentication.Inbound;

/// <summary>
/// Lookups with a common end: behind it, all lookups fail at once, so that each check ends with the result that it gives for DNS trouble.
/// One instance for each message; thread-safe as the inner lookups are.
/// </summary>
/// <param name="inner">The resolver.</param>
/// <param name="end">Cancelled when the time of all checks is over.</param>
internal sealed class LookupBudget(IDnsLookup inner, CancellationToken end) : IDnsLookup
{
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation) =>
        RunAsync(token => inner.TextAsync(name, token), cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        RunAsync(token => inner.AddressesAsync(name, family, token), cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation) =>
        RunAsync(token => inner.MailExchangersAsync(name, token), cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> PointersAsync(IPAddress address, CancellationToken cancellation) =>
        RunAsync(token => inner.PointersAsync(address, token), cancellation);

    private async ValueTask<DnsAnswer<T>> RunAsync<T>(
        Func<CancellationToken, ValueTask<DnsAnswer<T>>> ask, CancellationToken cancellation)
    {
        if (end.IsCancellationRequested) return Failed<T>();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellation);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed<T>();
        }
    }

    private static DnsAnswer<T> Failed<T>() => new(DnsStatus.Failed, [], false) { Problem = "the time of the checks is over" };
}
