using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>Names a queue has in the journal.</summary>
internal static class QueueIds
{
    /// <summary>Longest persistence id that the journal's table holds.</summary>
    public const int MaxLength = 255;

    /// <summary>
    /// <c>q-</c> and the key; a key that is too long (a DNS name may take 253 characters) is hashed behind its first characters.
    /// </summary>
    public static string PersistenceId(QueueKey queue)
    {
        var id = $"q-{queue.Value}";
        if (id.Length <= MaxLength) return id;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(queue.Value)));
        return $"{id[..(MaxLength - hash.Length - 1)]}#{hash}";
    }
}
