using System.Reflection;
using System.Runtime.CompilerServices;
using Postfleet.Architecture.Tests.Scanning;
using Postfleet.Core.Protocol;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>What rooms show to the outside.</summary>
public sealed class RoomSurfaceTests
{
    /// <summary>The rooms that the node composes.</summary>
    public static TheoryData<string> ComposedRooms => [.. Repository.Rooms.Except(["Core", "Node"])];

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
    public void Messages_of_the_protocol_live_in_core_where_the_serializer_knows_them(string room)
    {
        if (room == "Core") return;
        Assert.Empty(Types(room).Where(type => !type.IsInterface && typeof(IProtocolMessage).IsAssignableFrom(type)).Select(type => type.FullName));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Log_events_have_an_id_of_their_own_in_the_room(string room)
    {
        var events = Types(room)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
                | BindingFlags.DeclaredOnly))
            .Select(method => (Method: method, Log: method.CustomAttributes
                .SingleOrDefault(attribute => attribute.AttributeType.FullName == "Microsoft.Extensions.Logging.LoggerMessageAttribute")))
            .Where(pair => pair.Log is not null)
            .Select(pair => (Name: $"{pair.Method.DeclaringType!.Name}.{pair.Method.Name}", Id: EventId(pair.Log!)))
            .ToList();
        Assert.Empty(events.Where(logEvent => logEvent.Id is null).Select(logEvent => $"{logEvent.Name} has no id, so renaming it changes it"));
        Assert.Empty(events.GroupBy(logEvent => logEvent.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(logEvent => logEvent.Name))}"));
        Assert.InRange(events.Select(logEvent => logEvent.Name.Split('.')[0]).Distinct().Count(), 0, 1);
    }

    private static int? EventId(CustomAttributeData log) =>
        log.ConstructorArguments.Count > 0 && log.ConstructorArguments[0] is { ArgumentType.FullName: "System.Int32", Value: int id } ? id
        : log.NamedArguments.Where(argument => argument.MemberName == "EventId").Select(argument => (int?)argument.TypedValue.Value!).FirstOrDefault();

    // The types that were written; the compiler and generators add some of their own outside of the room's namespace.
    private static List<Type> Types(string room) => [.. Assembly.LoadFrom(Repository.AssemblyPath(room)).GetTypes()
        .Where(type => type.Namespace?.StartsWith($"Postfleet.{room}", StringComparison.Ordinal) == true)];
}
