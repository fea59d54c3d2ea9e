using Akka.Actor;
using Akka.Cluster;
using Postfleet.Contracts;
using Postfleet.Core;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Compares the database of this node with the databases of contacts and members (<see cref="DatabaseIdentity"/>).
/// <see cref="ClusterJoin"/> owns it and calls it from a single task.
/// </summary>
internal sealed class DatabaseCheck(ActorSystem system, IReadOnlyList<string> seeds, string? databaseId)
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);
    private readonly HashSet<string> _compared = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks contacts for their database. Contacts with an earlier answer are not asked again.</summary>
    /// <returns>
    /// The contacts to join: seeds without another answer, and other contacts that have answered with this node's database. The address of
    /// such a contact may belong to another cluster since its node has died.
    /// </returns>
    /// <exception cref="StartFailureException">A seed uses another database.</exception>
    public async Task<IReadOnlyList<string>> CompareAsync(IEnumerable<string> contacts, CancellationToken stopped)
    {
        var all = contacts.ToList();
        if (databaseId is null) return all;
        var answers = await Task.WhenAll(all.Where(contact => !_compared.Contains(contact)).Select(async contact =>
            (Contact: contact, Id: await DatabaseIdentity.AskAsync(system, ContactAddress.ToAddress(contact, system), stopped))));
        foreach (var (contact, id) in answers.Where(answer => answer.Id is not null))
        {
            if (id == databaseId) _compared.Add(contact);
            else if (IsSeed(contact)) throw Foreign(contact, id!);
        }

        return [.. all.Where(contact => _compared.Contains(contact) || IsSeed(contact))];
    }

    /// <summary>
    /// Checks the oldest member with status up and an id. A joining member does not count, because it may itself use the wrong database.
    /// </summary>
    /// <exception cref="StartFailureException">The member uses another database.</exception>
    public void CheckMembers()
    {
        var oldest = _cluster.State.Members
            .Where(member => member.Status == MemberStatus.Up && member.UniqueAddress != _cluster.SelfUniqueAddress)
            .Where(member => DatabaseIdentity.Of(member) is not null)
            .Oldest();
        if (databaseId is null || oldest is null || DatabaseIdentity.Of(oldest) == databaseId) return;
        throw Foreign(oldest.Address.HostAndPort(), DatabaseIdentity.Of(oldest)!);
    }

    private StartFailureException Foreign(string node, string id)
    {
        var subject = IsSeed(node) ? $"Cluster:Seeds has '{node}', which" : $"the node {node}";
        return new StartFailureException(
            $"{subject} uses the database {id}, but Storage:ConnectionString of this node leads to the database {databaseId}; " +
            "allowed: one database for all nodes of a cluster");
    }

    private bool IsSeed(string contact) => seeds.Contains(contact, StringComparer.OrdinalIgnoreCase);
}
