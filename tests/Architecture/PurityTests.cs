using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// Parsers, grammars, schedules and state machines are plain code: they get the time as an argument, and touch neither actors, sockets, files,
/// clocks nor threads. So they can be tested by example, by property and in a simulation.
/// </summary>
public sealed class PurityTests
{
    private static readonly (string Room, string Namespace, Func<ScannedType, bool> Where)[] PureParts =
    [
        ("Core", "Postfleet.Core.Mail", _ => true),
        ("Core", "Postfleet.Core.Queueing", _ => true),
        ("Core", "Postfleet.Core.Units", _ => true),
        ("Frontend", "Postfleet.Frontend.Protocol", _ => true),
        ("QueueActors", "Postfleet.QueueActors.State", _ => true),
        ("Delivery", "Postfleet.Delivery.Destinations", type => type.Name.EndsWith("State", StringComparison.Ordinal)),
        ("Delivery", "Postfleet.Delivery.Smtp", type => type.Name.EndsWith("Parser", StringComparison.Ordinal)),
    ];

    public static TheoryData<string> Namespaces => [.. PureParts.Select(part => part.Namespace)];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void Pure_parts_use_nothing_impure(string space)
    {
        var part = PureParts.Single(part => part.Namespace == space);
        var assembly = ScannedAssembly.Of(Repository.AssemblyPath(part.Room));
        var types = assembly.Types.Where(type => IsWithin(type.Namespace, space) && part.Where(type)).ToList();
        var names = types.Select(type => type.Name).ToHashSet();
        var impure = types
            .SelectMany(type => type.References.Where(Rules.IsImpureType).Select(reference => $"{type.Name} refers to {reference}"))
            .Concat(assembly.Methods.Where(method => names.Contains(method.Type))
                .SelectMany(method => method.Uses.Where(Rules.IsImpureMember).Select(use => $"{method} uses {use}")));
        Assert.Empty(impure);
    }

    [Theory]
    [InlineData("Core", "Postfleet.Core.Mail")]
    [InlineData("Core", "Postfleet.Core.Queueing")]
    [InlineData("Core", "Postfleet.Core.Units")]
    [InlineData("QueueActors", "Postfleet.QueueActors.State")]
    public void The_pure_parts_are_where_the_rule_looks(string room, string space) =>
        Assert.Contains(ScannedAssembly.Of(Repository.AssemblyPath(room)).Types, type => type.Namespace == space);

    [Fact]
    public void Core_does_no_io() => Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath("Core")).Types
        .SelectMany(type => type.References.Where(Rules.IsIo).Select(reference => $"{type.Name} refers to {reference}")));

    private static bool IsWithin(string space, string parent) =>
        space == parent || space.StartsWith(parent + ".", StringComparison.Ordinal);
}
