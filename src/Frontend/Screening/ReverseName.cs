using System.Net;
using Postfleet.Dns;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Finds the name of a client in the DNS: the first name of its PTR records that has the address of the client, as in Postfix's
/// <c>check_client_access</c>. Anybody can give his addresses any name, so a name without this address is none.
/// </summary>
internal static class ReverseName
{
    /// <summary>The most names that are looked up.</summary>
    public const int MaxNames = 5;

    /// <summary>The time for all look-ups.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    /// <summary>The name in lower case; empty if there is none, or the DNS does not answer in time.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async ValueTask<string> FindAsync(IPAddress client, IDnsLookup lookup, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Budget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var names = await lookup.PointersAsync(client, either.Token);
            // In their own order: servers rotate the order of records.
            foreach (var name in names.Records.Order(StringComparer.Ordinal).Take(MaxNames))
            {
                var addresses = await lookup.AddressesAsync(name, client.AddressFamily, either.Token);
                if (addresses.Records.Contains(client)) return name;
            }

            return "";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "";
        }
    }
}
