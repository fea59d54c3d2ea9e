using Akka.Cluster;

namespace Postfleet.Contracts;

/// <summary>The order of members by age. A singleton runs on the oldest member of its role.</summary>
public static class MemberAge
{
    /// <summary>Oldest first. Members that are up since the same round of gossip are ordered by address.</summary>
    public static IComparer<Member> OldestFirst { get; } =
        Comparer<Member>.Create((a, b) => a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1);

    /// <summary>The oldest of some members; null for none.</summary>
    public static Member? Oldest(this IEnumerable<Member> members) => members.Order(OldestFirst).FirstOrDefault();
}
