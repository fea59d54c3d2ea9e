using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Entity;

/// <summary>Persistence ids of queues.</summary>
internal static class QueueIds
{
    /// <summary>The maximum length of a persistence id in the journal's table.</summary>
    public const int MaxLength = 255;

    /// <summary>
    /// <c>q-</c> and the queue key. A longer key (a DNS name may have 253 characters) is truncated and followed by a hash.
    /// </summary>
    public static string PersistenceId(QueueKey queue)
    {
        var id = $"q-{queue.Value}";
        if (id.Length <= MaxLength) return id;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(queue.Value)));
        return $"{id[..(MaxLength - hash.Length - 1)]}#{hash}";
    }
}
