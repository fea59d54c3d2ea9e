using System.IO.Pipelines;
using System.Net;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Listening;

/// <summary>Takes the PROXY header off a connection.</summary>
internal static class ProxyReader
{
    /// <summary>Reads the header, and not an octet more.</summary>
    /// <returns>
    /// The address that counts as the client's; null when there is no good header. A connection that ended without an octet
    /// <c>IsSilent</c>: that is how balancers look whether anybody listens.
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
