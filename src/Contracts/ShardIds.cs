using System.Globalization;
using Akka.Util;

namespace Postfleet.Contracts;

/// <summary>Which shard an entity is in. The numbers must never change while entities are remembered.</summary>
public static class ShardIds
{
    /// <summary>The number of shards of each region: ten for each of ten planned nodes per role.</summary>
    public const int NumberOfShards = 100;

    /// <summary>
    /// The shard of an entity. Akka's own extractor takes the absolute value of the hash, which throws for <see cref="int.MinValue"/>;
    /// domains are chosen by strangers, so the hash is taken as unsigned.
    /// </summary>
    public static string Of(string entityId) =>
        ((uint)MurmurHash.StringHash(entityId) % NumberOfShards).ToString(CultureInfo.InvariantCulture);
}
