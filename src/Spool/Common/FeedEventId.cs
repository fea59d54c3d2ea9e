using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Spool.Common;

/// <summary>
/// The id of an event for its readers: the same whenever the event is read, on any node, and after its queue has moved. Receivers
/// recognize repeated events by the id.
/// </summary>
public static class FeedEventId
{
    private const int Octets = 15;

    /// <summary>The id, from the key of the event.</summary>
    public static string Of(HistoryEvent one)
    {
        var key = string.Create(
            CultureInfo.InvariantCulture, $"{one.Message} {one.Number} {one.RecipientIndex} {(int)one.Kind} {one.Queue.Value}");
        return "evt_" + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, Octets));
    }
}
