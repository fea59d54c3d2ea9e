using System.Reflection;
using System.Runtime.CompilerServices;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>What rooms show to the outside.</summary>
public sealed class RoomSurfaceTests
{
    /// <summary>The rooms that the node composes.</summary>
    public static TheoryData<string> ComposedRooms =>
        [.. Repository.Rooms.Except(["Core", "Contracts", "Configuration", "Storage", "Node"])];

    public static TheoryData<string> Rooms => [.. Repository.Rooms];

    [Theory]
    [MemberData(nameof(ComposedRooms))]
    public void A_room_is_added_by_one_call(string room)
    {
        // A room that the node does not refer to is not built yet.
        if (!ScannedAssembly.Of(Repository.AssemblyPath("Node")).References.Contains($"Postfleet.{room}")) return;
        var adders = Types(room).Where(type => type is { IsPublic: true, IsAbstract: true, IsSealed: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(ExtensionAttribute)) && method.Name.StartsWith("Add", StringComparison.Ordinal))
            .Select(method => method.Name);
        Assert.Single(adders);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Only_tests_and_benchmarks_see_the_internals_of_a_room(string room) =>
        Assert.DoesNotContain(
            Assembly.LoadFrom(Repository.AssemblyPath(room)).GetCustomAttributes<InternalsVisibleToAttribute>()
                .Select(friend => friend.AssemblyName),
            name => !name.EndsWith(".Tests", StringComparison.Ordinal) && name != "Postfleet.Benchmarks");

    // The types that were written; the compiler and generators add some of their own outside of the room's namespace.
    private static List<Type> Types(string room) => [.. Assembly.LoadFrom(Repository.AssemblyPath(room)).GetTypes()
        .Where(type => type.Namespace?.StartsWith($"Postfleet.{room}", StringComparison.Ordinal) == true)];
}
