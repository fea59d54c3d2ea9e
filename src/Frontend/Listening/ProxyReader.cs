using System.IO.Pipelines;
using System.Net;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Listening;

/// <summary>Reads the PROXY header of a connection. Called by <see cref="Connection"/>.</summary>
internal static class ProxyReader
{
    /// <summary>Reads the header and leaves the octets behind it unread.</summary>
    /// <returns>
    /// The client's address, or the proxy's where the header names no client; null without a valid header. <c>IsSilent</c> if the
    /// connection ended without an octet, as in a load balancer's health check.
    /// </returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static async ValueTask<(IPAddress? Client, bool IsSilent)> ReadAsync(
        PipeReader input, IPAddress proxy, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var result = ProxyHeader.Parse(read.Buffer, out var length, out var client);
            if (result == ProxyResult.Incomplete)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted) return (null, IsSilent: read.Buffer.IsEmpty);
                continue;
            }

            input.AdvanceTo(read.Buffer.GetPosition(result == ProxyResult.Invalid ? 0 : length));
            var counted = result switch
            {
                ProxyResult.Client => client!.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client,
                ProxyResult.Local => proxy,
                _ => null,
            };
            return (counted, IsSilent: false);
        }
    }
}
