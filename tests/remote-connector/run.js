// Drives a LoopBack for Rust server with npm's loopback-connector-remote, unmodified: what an application on
// LoopBack 3 does when it takes models of another server as its own.
//
//   node run.js http://127.0.0.1:3000        (or the base URL in BASE_URL)
//
// The server must be the reference app with its fresh seed. One line per step; exit status 1 at the first failure.
'use strict';

const assert = require('node:assert/strict');
const loopback = require('loopback');

const base = process.argv[2] || process.env.BASE_URL;
if (!base) {
  console.error('usage: node run.js BASE_URL');
  process.exit(2);
}

const app = loopback({localRegistry: true, loadBuiltinModels: false});
app.dataSource('remote', {
  connector: require('loopback-connector-remote'),
  url: base.replace(/\/$/, '') + '/api',
});
// The model as a client declares it: no data source details, only what the properties are. Defaults are left to the
// server, so that an answer with a default in it shows who has set it.
const Category = app.registry.createModel({
  name: 'Category',
  base: 'PersistedModel',
  plural: 'Categories',
  properties: {
    name: {type: 'string', required: true},
    slug: 'string',
    position: 'number',
    active: 'boolean',
    meta: 'object',
  },
});
app.model(Category, {dataSource: 'remote'});

const steps = [];
const step = (name, run) => steps.push({name, run});
const names = list => list.map(item => item.name);

// `save` of LoopBack's base class takes a callback only, and its validation before an update asks for a method that
// the connector does not give the model (`isNewRecord`); the server validates anyway.
const save = item => new Promise((done, failed) => {
  item.save({validate: false}, (error, saved) => error ? failed(error) : done(saved));
});

async function refused(promise, statusCode) {
  let error;
  try {
    await promise;
  } catch (e) {
    error = e;
  }
  assert.ok(error, 'the server should have refused it');
  assert.equal(error.statusCode, statusCode, error.message);
  return error;
}

// What one step makes, the next ones use.
let toys;

step('find', async () => {
  const all = await Category.find();
  assert.deepEqual(names(all), ['Books', 'Games', 'Attic']);
  assert.ok(all[0] instanceof Category);
  assert.equal(all[0].position, 2);
  assert.equal(all[2].active, false);
  assert.deepEqual(JSON.parse(JSON.stringify(all[0].meta)), {color: 'red', depth: {n: 1}});
});

step('create', async () => {
  toys = await Category.create({name: 'Toys', slug: 'toys', meta: {color: 'blue'}});
  assert.ok(toys instanceof Category);
  assert.equal(toys.id, 4);
  assert.equal(toys.name, 'Toys');
  assert.equal(toys.position, 0);
  assert.equal(toys.active, true);
});

// One by one: a list is beyond this connector (its result type for `create` is one object), against LoopBack as well.
step('create more', async () => {
  assert.equal((await Category.create({name: 'One', position: 11})).id, 5);
  assert.equal((await Category.create({name: 'Two', position: 12})).id, 6);
});

step('create: what is not valid is refused, with its details', async () => {
  const error = await refused(Category.create({slug: 'toys'}), 422);
  assert.equal(error.name, 'ValidationError');
  assert.deepEqual(error.details.codes, {name: ['presence'], slug: ['uniqueness']});
});

step('findById', async () => {
  const found = await Category.findById(toys.id);
  assert.ok(found instanceof Category);
  assert.equal(found.slug, 'toys');
  assert.equal(found.meta.color, 'blue');
});

step('findById with a filter', async () => {
  const found = await Category.findById(toys.id, {fields: ['name']});
  assert.equal(found.name, 'Toys');
  assert.ok(found.slug == null);
});

step('findById of an unknown id', async () => {
  assert.equal(await Category.findById(99), null);
});

step('find with where, order, limit and offset', async () => {
  assert.deepEqual(names(await Category.find({where: {slug: 'toys'}})), ['Toys']);
  assert.deepEqual(names(await Category.find({where: {position: {gt: 2}}, order: 'position DESC'})), ['Two', 'One', 'Attic']);
  assert.deepEqual(names(await Category.find({where: {or: [{name: 'Books'}, {active: false}]}, order: 'name ASC'})), ['Attic', 'Books']);
  assert.deepEqual(names(await Category.find({where: {name: {inq: ['One', 'Two', 'Six']}}})), ['One', 'Two']);
  assert.deepEqual(names(await Category.find({where: {name: {like: 'T%'}}, order: 'id DESC'})), ['Two', 'Toys']);
  assert.deepEqual(names(await Category.find({order: 'id', limit: 2, offset: 1})), ['Games', 'Attic']);
  assert.deepEqual(names(await Category.find({where: {slug: 'nope'}})), []);
});

step('find with fields', async () => {
  const [found] = await Category.find({where: {name: 'Books'}, fields: {name: true}});
  assert.equal(found.name, 'Books');
  assert.ok(found.id == null && found.slug == null);
});

step('findOne', async () => {
  assert.equal((await Category.findOne({where: {position: {lt: 2}}, order: 'position DESC'})).name, 'Games');
  assert.equal(await Category.findOne({where: {name: 'none'}}), null);
});

step('exists', async () => {
  assert.equal(await Category.exists(toys.id), true);
  assert.equal(await Category.exists(99), false);
});

step('count', async () => {
  assert.equal(await Category.count(), 6);
  assert.equal(await Category.count({active: false}), 1);
});

step('updateAttributes', async () => {
  const updated = await toys.updateAttributes({position: 7});
  assert.equal(updated.position, 7);
  const again = await Category.findById(toys.id);
  assert.deepEqual([again.position, again.slug, again.name], [7, 'toys', 'Toys']);
});

step('updateAttributes: what is not valid is refused', async () => {
  const error = await refused(toys.updateAttributes({slug: 'books'}), 422);
  assert.deepEqual(error.details.codes, {slug: ['uniqueness']});
});

step('save an instance', async () => {
  const found = await Category.findById(toys.id);
  found.name = 'Toys and puzzles';
  await save(found);
  assert.equal((await Category.findById(toys.id)).name, 'Toys and puzzles');
});

step('save a new instance', async () => {
  const fresh = new Category({name: 'Saved', position: 1});
  await save(fresh);
  const found = await Category.findOne({where: {name: 'Saved'}});
  assert.equal(found.id, 7);
  assert.equal(found.position, 1);
});

step('upsert: an update', async () => {
  const updated = await Category.upsert({id: toys.id, position: 8});
  assert.deepEqual([updated.id, updated.position, updated.slug], [toys.id, 8, 'toys']);
});

step('upsert: a creation', async () => {
  const made = await Category.upsert({name: 'Upserted'});
  assert.deepEqual([made.id, made.position, made.active], [8, 0, true]);
});

step('upsertWithWhere', async () => {
  const updated = await Category.upsertWithWhere({slug: 'toys'}, {position: 9});
  assert.deepEqual([updated.id, updated.position], [toys.id, 9]);
});

step('replaceOrCreate', async () => {
  const replaced = await Category.replaceOrCreate({id: 8, name: 'Replaced', slug: 'replaced'});
  assert.deepEqual([replaced.id, replaced.name, replaced.slug], [8, 'Replaced', 'replaced']);
});

step('replaceById', async () => {
  const replaced = await Category.replaceById(8, {name: 'Replaced again'});
  assert.equal(replaced.name, 'Replaced again');
  assert.ok((await Category.findById(8)).slug == null, 'a replace drops what it does not name');
});

step('updateAll', async () => {
  assert.deepEqual(await Category.updateAll({position: {gt: 10}}, {active: false}), {count: 2});
  assert.equal(await Category.count({active: false}), 3);
});

step('destroyById', async () => {
  const result = await Category.destroyById(5);
  assert.equal(result.count, 1);
  assert.equal(await Category.exists(5), false);
});

// An instance's own `destroy` is not among what this connector gives a model, so by id again, by the other name.
step('deleteById', async () => {
  assert.equal((await Category.deleteById(6)).count, 1);
  assert.equal((await Category.deleteById(6)).count, 0);
  assert.equal(await Category.findById(6), null);
});

step('find: what is left', async () => {
  const left = await Category.find({order: 'id'});
  assert.deepEqual(names(left), ['Books', 'Games', 'Attic', 'Toys and puzzles', 'Saved', 'Replaced again']);
});

(async () => {
  for (const {name, run} of steps) {
    try {
      await run();
    } catch (error) {
      console.error(`FAILED  ${name}`);
      console.error(error);
      process.exit(1);
    }
    console.log(`ok  ${name}`);
  }
  console.log(`remote connector: ${steps.length} of ${steps.length} steps`);
  // The client keeps its connections open; nothing is left to wait for.
  process.exit(0);
})();
